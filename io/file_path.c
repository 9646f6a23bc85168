/* io/file_path.c: names and folders.
 *
 * Joining and finding names, making a folder with its parents (mkdir -p), renaming, removing a tree
 * (rm -rf, which does not follow links). Removal walks depth first with one path buffer that grows
 * and shrinks by a name at a time, one open folder per level. Not safe against someone who changes
 * the tree meanwhile. */
#include "io/file_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PATH = 4096 };

int td_path_exists(const char *path) { return access(path, F_OK) == 0; }

int td_path_is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

td_status td_path_join(char *out, uint64_t size, const char *folder, const char *name,
                       td_error *err) {
    uint64_t n = strlen(folder);
    const char *slash = n > 0 && folder[n - 1] != '/' ? "/" : "";
    int need = snprintf(out, size, "%s%s%s", folder, slash, name);
    TD_CHECK(need >= 0 && (uint64_t)need < size, err, TD_ERR_RANGE,
             "path too long (%d bytes, limit %llu): %.60s...", need, (unsigned long long)size - 1,
             folder);
    return TD_OK;
}

/* The plain file is preferred to its archives, so that an unpacked copy beside them is used. */
td_status td_path_find(char *out, uint64_t size, const char *folder, const char *name,
                       td_error *err) {
    static const char *const endings[] = {"", ".gz", ".zst"};
    char file[256];
    for (int i = 0; i < 3; i++) {
        int n = snprintf(file, sizeof file, "%s%s", name, endings[i]);
        TD_CHECK(n < (int)sizeof file, err, TD_ERR_RANGE, "file name too long: %.60s...", name);
        TD_TRY(td_path_join(out, size, folder, file, err));
        if (td_path_exists(out)) return TD_OK;
    }
    if (!td_path_is_folder(folder)) {
        return td_fail_at(err, TD_ERR_IO, folder, 0, 0,
                          td_path_exists(folder) ? "is not a folder" : "no such folder");
    }
    return td_fail_at(err, TD_ERR_IO, folder, 0, 0, "holds no %s (nor .gz, .zst)", name);
}

/* mkdir at every slash and at the end; "already there" is fine as long as it is a folder, which
 * also covers doubled and trailing slashes and another process that makes the same folder. */
td_status td_folder_make(const char *path, td_error *err) {
    char part[MAX_PATH];
    uint64_t n = strlen(path);
    TD_CHECK(n < sizeof part, err, TD_ERR_RANGE, "path too long: %.60s...", path);
    memcpy(part, path, n + 1);
    for (uint64_t i = 1; i <= n; i++) {
        if (part[i] != '/' && part[i] != '\0') continue;
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && !(errno == EEXIST && td_path_is_folder(part))) {
            return td_file_fail(err, part, "cannot make folder");
        }
        if (i < n) part[i] = '/';
    }
    return TD_OK;
}

/* Both as the file system knows them; what they share is left out, a ".." for each folder above it:
 *
 *     /a/b/run   /a/shop   ->   /a shared, b and run left   ->   ../../shop */
td_status td_path_relative(char *out, uint64_t size, const char *folder, const char *to,
                           td_error *err) {
    char from[MAX_PATH + 1], target[MAX_PATH + 1];
    if (realpath(folder, from) == NULL) return td_file_fail(err, folder, "cannot find");
    if (realpath(to, target) == NULL) return td_file_fail(err, to, "cannot find");
    memcpy(from + strlen(from), "/", 2); /* so that /a is no part of /ab */
    memcpy(target + strlen(target), "/", 2);
    uint64_t shared = 0, n = 0;
    for (uint64_t i = 0; from[i] != '\0' && from[i] == target[i]; i++)
        if (from[i] == '/') shared = i + 1;
    uint64_t length = strlen(target + shared);
    for (const char *at = from + shared; *at != '\0'; at++) n += *at == '/';
    TD_CHECK(3 * n + length + 2 < size, err, TD_ERR_RANGE, "path too long: %.60s", to);
    for (uint64_t i = 0; i < n; i++) memcpy(out + 3 * i, "../", 3);
    memcpy(out + 3 * n, target + shared, length + 1);
    if (3 * n + length > 0)
        out[3 * n + length - 1] = '\0'; /* the last slash */
    else
        memcpy(out, ".", 2);
    return TD_OK;
}

td_status td_path_rename(const char *from, const char *to, td_error *err) {
    if (rename(from, to) == 0) return TD_OK;
    char doing[300];
    snprintf(doing, sizeof doing, "cannot rename to %.250s", to);
    return td_file_fail(err, from, doing);
}

static td_status remove_tree(char *path, uint64_t n, td_error *err);

/* Remove what stands in the folder path[0..n). */
static td_status remove_entries(char *path, uint64_t n, td_error *err) {
    DIR *folder = opendir(path);
    if (folder == NULL) return td_file_fail(err, path, "cannot read folder");
    td_status status = TD_OK;
    struct dirent *entry;
    while (status == TD_OK && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        uint64_t length = strlen(entry->d_name);
        if (n + 1 + length >= MAX_PATH) {
            status = td_fail_at(err, TD_ERR_RANGE, path, 0, 0, "path too long");
            break;
        }
        path[n] = '/';
        memcpy(path + n + 1, entry->d_name, length + 1);
        status = remove_tree(path, n + 1 + length, err);
        path[n] = '\0';
    }
    closedir(folder);
    return status;
}

/* path[0..n) with room up to MAX_PATH; lstat, so that a link is removed and not what it names. */
static td_status remove_tree(char *path, uint64_t n, td_error *err) {
    struct stat info;
    if (lstat(path, &info) != 0) {
        return errno == ENOENT ? TD_OK : td_file_fail(err, path, "cannot remove");
    }
    if (!S_ISDIR(info.st_mode)) {
        return unlink(path) == 0 ? TD_OK : td_file_fail(err, path, "cannot remove");
    }
    TD_TRY(remove_entries(path, n, err));
    return rmdir(path) == 0 ? TD_OK : td_file_fail(err, path, "cannot remove");
}

td_status td_path_remove(const char *path, td_error *err) {
    char buffer[MAX_PATH];
    uint64_t n = strlen(path);
    TD_CHECK(n > 0 && n < sizeof buffer, err, TD_ERR_RANGE, "path too long or empty: %.60s", path);
    memcpy(buffer, path, n + 1);
    return remove_tree(buffer, n, err);
}
