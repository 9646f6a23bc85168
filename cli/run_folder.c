/* cli/run_folder.c: where a run is built, and how it comes to its place.
 *
 * Problem: no reader may ever see half a run, no failure may cost a whole one, and nobody should
 * wait for a run that cannot be written.
 *
 *   1. "run/" is "run": RUN.partial has to stand beside RUN and not inside.
 *   2. Before the work: an existing RUN is refused without --force, and with --force if it is
 *      no run (it has no manifest.json).
 *   3. When the shop has been read, RUN.partial is made; what an earlier run that was killed left
 *      there goes, with --resume all but the kept results of its stages.
 *   4. When all is written:
 *
 *          RUN             RUN.old.partial    removed
 *          RUN.partial     RUN                RUN
 *                          two renames        last of all
 *
 * Cost: a few calls of the file system. Not done here: removing RUN.partial after a failure (the
 * command does it), locking against a second run of the same name. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/run.h"

enum { LONGEST_ENDING = 256 }; /* room behind RUN for the names of its files */

td_status td_run_folder_name(char out[4096], const char *given, td_error *err) {
    uint64_t n = strlen(given);
    while (n > 1 && given[n - 1] == '/') n--;
    TD_CHECK(n < 4096 - LONGEST_ENDING, err, TD_ERR_RANGE,
             "--out: path too long (%" PRIu64 " bytes)", n);
    memcpy(out, given, n);
    out[n] = '\0';
    return TD_OK;
}

td_status td_run_folder_check(const td_run *run, td_error *err) {
    const char *out = run->options->out;
    char manifest[4096];
    TD_TRY(td_path_join(manifest, sizeof manifest, out, "manifest.json", err));
    if (!td_path_exists(out)) return TD_OK;
    TD_CHECK(run->options->is_forced, err, TD_ERR_IO, "%s exists; --force replaces a run", out);
    TD_CHECK(td_path_exists(manifest), err, TD_ERR_IO,
             "%s exists and is not a run (it has no manifest.json): not replaced", out);
    return TD_OK;
}

/* Does a path inside RUN.partial look like something that a run writes? */
static int is_of_a_run(const char *name) {
    static const char *const known[] = {"data/",         "results/",     "report.html",
                                        "manifest.json", "timings.json", "stages/"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncmp(name, known[i], strlen(known[i])) == 0) return 1;
    }
    return 0;
}

/* All but whole kept results goes: the rest is made again. */
static td_status clear_for_resume(const char *folder, td_error *err) {
    td_file_list list;
    TD_TRY(td_folder_files(&list, folder, err));
    td_status status = TD_OK;
    for (uint32_t i = 0; i < list.n && status == TD_OK; i++) {
        char path[4096];
        int is_kept = strncmp(list.name[i], "stages/", 7) == 0;
        if (is_kept && strstr(list.name[i], ".partial") == NULL) continue;
        status = td_path_join(path, sizeof path, folder, list.name[i], err);
        if (status == TD_OK) status = td_path_remove(path, err);
    }
    td_file_list_free(&list);
    return status;
}

/* What a killed run left is removed; a folder with anything else in it belongs to somebody. */
static td_status remove_leftover(const char *folder, int is_resumed, td_error *err) {
    if (!td_path_exists(folder)) return TD_OK;
    TD_CHECK(td_path_is_folder(folder), err, TD_ERR_IO, "%s is in the way", folder);
    td_file_list list;
    TD_TRY(td_folder_files(&list, folder, err));
    td_status status = TD_OK;
    for (uint32_t i = 0; i < list.n && status == TD_OK; i++) {
        if (is_of_a_run(list.name[i])) continue;
        status = td_fail(err, TD_ERR_IO, "%s is in the way: it holds %s, which no run writes",
                         folder, list.name[i]);
    }
    td_file_list_free(&list);
    TD_TRY(status);
    return is_resumed ? clear_for_resume(folder, err) : td_path_remove(folder, err);
}

/* run->folder is filled when the folder is ours, so that a failure before leaves others alone. */
td_status td_run_folder_make(td_run *run, td_error *err) {
    char folder[sizeof run->folder];
    snprintf(folder, sizeof folder, "%.*s.partial", 4096 - LONGEST_ENDING, run->options->out);
    TD_TRY(remove_leftover(folder, run->options->is_resumed, err));
    TD_TRY(td_folder_make(folder, err));
    memcpy(run->folder, folder, sizeof folder);
    return TD_OK;
}

/* The old run steps aside and goes last: whatever fails, one whole run is there. */
static td_status replace_old(const td_run *run, td_error *err) {
    const char *out = run->options->out;
    char old[4096];
    snprintf(old, sizeof old, "%.*s.old.partial", 4096 - LONGEST_ENDING, out);
    TD_TRY(td_path_remove(old, err));
    TD_TRY(td_path_rename(out, old, err));
    td_status status = td_path_rename(run->folder, out, err);
    if (status == TD_OK) return td_path_remove(old, err);
    td_status back = td_path_rename(old, out, NULL);
    return back == TD_OK
               ? status
               : td_fail(err, TD_ERR_IO, "%s could not be replaced; the old run is %s", out, old);
}

td_status td_run_folder_place(const td_run *run, td_error *err) {
    const char *out = run->options->out;
    char stages[4096];
    TD_TRY(td_path_join(stages, sizeof stages, run->folder, "stages", err));
    TD_TRY(td_path_remove(stages, err));
    if (run->options->is_forced && td_path_exists(out)) return replace_old(run, err);
    return td_path_rename(run->folder, out, err);
}
