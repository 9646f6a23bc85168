/* io/file_list.c: the files below a folder, as a sorted list of relative names.
 *
 * Walks the tree depth first; sub-folders are walked when met. The order in which a file system
 * lists names is not fixed, so the list is sorted by byte value at the end. Depth is limited by
 * PATH_BYTES. O(n log n). */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/file.h"

enum { PATH_BYTES = 4096 };

void td_file_list_free(td_file_list *list) {
    for (uint32_t i = 0; i < list->n; i++) td_mem_free(list->name[i]);
    td_mem_free(list->name);
    *list = (td_file_list){0};
}

static td_status add(td_file_list *list, const char *name, td_error *err) {
    if ((list->n & (list->n - 1)) == 0) { /* full at every power of two */
        uint64_t capacity = list->n == 0 ? 1 : 2 * (uint64_t)list->n;
        char **grown = td_mem_resize(list->name, capacity, sizeof *grown, err);
        if (grown == NULL) return TD_ERR_NOMEM;
        list->name = grown;
    }
    char *copy = td_mem_text(name, err);
    if (copy == NULL) return TD_ERR_NOMEM;
    list->name[list->n++] = copy;
    return TD_OK;
}

static td_status walk(td_file_list *list, const char *root, const char *below, td_error *err);

/* A file is listed, a folder walked; links are followed by td_path_is_folder. */
static td_status add_entry(td_file_list *list, const char *root, const char *below,
                           const struct dirent *entry, td_error *err) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) return TD_OK;
    char name[PATH_BYTES];
    int n = snprintf(name, sizeof name, "%s%s%s", below, *below != '\0' ? "/" : "", entry->d_name);
    TD_CHECK(n > 0 && n < PATH_BYTES, err, TD_ERR_RANGE, "%s: path too long", root);
    char path[PATH_BYTES];
    TD_TRY(td_path_join(path, sizeof path, root, name, err));
    return td_path_is_folder(path) ? walk(list, root, name, err) : add(list, name, err);
}

/* The entries of root/below; `below` is "" at the top and the prefix of the names that are
 * listed. */
static td_status walk(td_file_list *list, const char *root, const char *below, td_error *err) {
    char path[PATH_BYTES];
    if (*below == '\0') {
        snprintf(path, sizeof path, "%s", root);
    } else {
        TD_TRY(td_path_join(path, sizeof path, root, below, err));
    }
    DIR *folder = opendir(path);
    TD_CHECK(folder != NULL, err, TD_ERR_IO, "%s: %s", path, strerror(errno));
    td_status status = TD_OK;
    for (const struct dirent *entry = readdir(folder); entry != NULL && status == TD_OK;
         entry = readdir(folder)) {
        status = add_entry(list, root, below, entry, err);
    }
    closedir(folder);
    return status;
}

/* Not by locale: the list goes into the manifest. */
static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

td_status td_folder_files(td_file_list *out, const char *folder, td_error *err) {
    *out = (td_file_list){0};
    td_status status = walk(out, folder, "", err);
    if (status != TD_OK) {
        td_file_list_free(out);
        return status;
    }
    if (out->n > 1) qsort(out->name, out->n, sizeof *out->name, by_bytes);
    return TD_OK;
}
