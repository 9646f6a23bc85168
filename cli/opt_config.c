/* cli/opt_config.c: reading a configuration file.
 *
 *     # an experiment
 *     num_leaves = 63
 *     data = shop/train.csv      # comments end a line
 *
 * 1. The file's bytes are copied once into the arena, with a closing 0.
 * 2. Each line is cut at '#', trimmed, and split at its first '='.
 * 3. Key and value point into the copy; nothing else is allocated but the list.
 *
 * Keys are not known here: opt.c stores them by the command's table and names the line of one that
 * it does not know. Sections, quotes, continued lines and nested files are not part of the format.
 * Cost O(bytes). */
#include "cli/opt_config.h"

#include <string.h>

#include "io/file.h"

/* Cut white space off both ends, in place. */
static char *trim(char *text) {
    text += strspn(text, " \t\r");
    uint64_t n = strlen(text);
    while (n > 0 && strchr(" \t\r", text[n - 1]) != NULL) n--;
    text[n] = '\0';
    return text;
}

/* One line, comment cut off; sets name to NULL when nothing stands on it. */
static td_status read_line(td_setting *out, char *line, const char *path, uint64_t number,
                           td_error *err) {
    line[strcspn(line, "#")] = '\0';
    line = trim(line);
    *out = (td_setting){NULL, NULL, path, number};
    if (*line == '\0' || *line == ';') return TD_OK;
    char *equal = strchr(line, '=');
    if (equal == NULL || equal == line)
        return td_fail_at(err, TD_ERR_ARG, path, number, 0, "expected `key = value`, found '%s'",
                          line);
    *equal = '\0';
    out->name = trim(line);
    out->value = trim(equal + 1);
    if (*out->value == '\0')
        return td_fail_at(err, TD_ERR_ARG, path, number, 0, "key '%s' has no value", out->name);
    if (strcmp(out->name, "config") == 0 || strcmp(out->name, "help") == 0)
        return td_fail_at(err, TD_ERR_ARG, path, number, 0,
                          "key '%s' has no place in a configuration file", out->name);
    return TD_OK;
}

/* The count of lines bounds the number of settings, so the list is allocated once. */
static td_status copy_file(char **out, uint64_t *n_lines, const char *path, td_arena *arena,
                           td_error *err) {
    td_file *file = NULL;
    TD_TRY(td_file_open(&file, path, err));
    td_bytes bytes = td_file_bytes(file);
    char *copy = td_arena_array(arena, bytes.n + 1, 1, err);
    if (copy != NULL) {
        if (bytes.n > 0) memcpy(copy, bytes.data, bytes.n);
        copy[bytes.n] = '\0';
        *n_lines = 1;
        for (uint64_t i = 0; i < bytes.n; i++) *n_lines += copy[i] == '\n';
    }
    td_file_close(file);
    *out = copy;
    return copy == NULL ? TD_ERR_NOMEM : TD_OK;
}

td_status td_config_read(td_setting **setting, uint32_t *n, const char *path, td_arena *arena,
                         td_error *err) {
    char *text = NULL;
    uint64_t n_lines = 0;
    TD_TRY(copy_file(&text, &n_lines, path, arena, err));
    *setting = td_arena_array(arena, n_lines, sizeof **setting, err);
    if (*setting == NULL) return TD_ERR_NOMEM;
    *n = 0;
    for (uint64_t number = 1; number <= n_lines; number++) {
        uint64_t length = strcspn(text, "\n");
        text[length] = '\0';
        TD_TRY(read_line(&(*setting)[*n], text, path, number, err));
        *n += (*setting)[*n].name != NULL;
        text += length + 1;
    }
    return TD_OK;
}
