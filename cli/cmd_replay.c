/* cli/cmd_replay.c: `tundish replay RUN [DIR]`: a run made once more, every artefact compared.
 *
 *   1. manifest.json of RUN: parameters, hashes of the raw inputs, hash of every artefact.
 *   2. The files in RUN are hashed again: what was changed, lost or added since is named.
 *   3. The raw inputs are hashed: another shop cannot give the same run. DIR is the shop's folder;
 *      without it the place that timings.json remembers, relative to RUN.
 *   4. The run is made again beside RUN (RUN.replay.partial), with any number of threads.
 *   5. Its hashes are compared with the manifest's. RUN is never touched, the copy is removed.
 *
 * Exit 0 when everything is equal, 1 with the names otherwise. JSON: run_id, artefacts, equal,
 * differences [{file, what}]. Cost: that of the run. */
#include <stdio.h>

#include "cli/report_text.h"
#include "cli/run_replay.h"

typedef struct options {
    int is_hash_only;
} options;

static const td_option own_options[] = {
    {"hashes-only", NULL, NULL, "compare the files in RUN with its manifest, make nothing again",
     offsetof(options, is_hash_only), TD_OPT_FLAG, 0, 0, 0},
};

const td_usage td_usage_replay = {
    .paths = "RUN [DIR]",
    .min_paths = 1,
    .max_paths = 2,
    TD_USAGE_OWN(own_options, options),
    .notes = "DIR is the shop's folder; without it the one is taken that the run was made from.",
    .examples = "  tundish replay run1\n"
                "  tundish replay run1 shop --json -",
};

static void fill_json(td_json *json, const void *ctx) {
    const td_replay *replay = ctx;
    td_json_text(json, "run_id", replay->run_id);
    td_json_u64(json, "artefacts", replay->n_artefacts);
    td_json_u64(json, "equal", replay->n_equal);
    td_json_array(json, "differences");
    for (uint32_t i = 0; i < replay->n_noted; i++) {
        td_json_object(json, NULL);
        td_json_text(json, "file", replay->difference[i].file);
        td_json_text(json, "what", replay->difference[i].what);
        td_json_end(json);
    }
    td_json_end(json);
}

static void print_text(const td_replay *replay) {
    char a[32], b[32];
    for (uint32_t i = 0; i < replay->n_noted; i++)
        printf("%s: %s\n", replay->difference[i].file, replay->difference[i].what);
    printf("run %.12s: %s artefacts, %s equal\n", replay->run_id,
           td_text_count(a, replay->n_artefacts), td_text_count(b, replay->n_equal));
}

static td_status verdict(const td_replay *replay, td_error *err) {
    if (replay->n_differences == 0) return TD_OK;
    TD_FAIL(err, TD_ERR_FORMAT, "%s: %s (differences: %llu)", replay->difference[0].file,
            replay->difference[0].what, (unsigned long long)replay->n_differences);
}

td_status td_cmd_replay(const td_cli *cli, const void *given, td_error *err) {
    const options *o = given;
    td_replay replay;
    const char *shop = cli->n_paths > 1 ? cli->path[1] : NULL;
    td_status status = td_replay_open(&replay, cli->path[0], err);
    if (status == TD_OK) status = td_replay_check_files(&replay, err);
    if (status == TD_OK && !o->is_hash_only) status = td_replay_run(&replay, shop, cli, err);
    if (status == TD_OK) status = td_cli_write_json(cli, fill_json, &replay, err);
    if (status == TD_OK && td_cli_has_text(cli, NULL)) print_text(&replay);
    if (status == TD_OK) status = verdict(&replay, err);
    td_replay_free(&replay);
    return status;
}
