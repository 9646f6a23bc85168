/* cli/run_stage.c: the order of a run's stages, and results that outlive a killed one.
 *
 *   1. When the shop has been read, the raw files are hashed and with them run_id (parameters, kept
 *      rows), the BLAS kernel and the version of zstd: the key. Equal keys mean equal artefacts.
 *   2. A long stage asks for its kept result first: SQL audit, models, leak audit. What it had
 *      to work out it keeps, with the key and a hash, renamed into place whole.
 *   3. Everything else is made again: reading, features, metrics, tables take seconds.
 *
 *          stages/audit_sql  primary  alternative  baseline  leaks_json  leaks_page
 *
 * kill -9 at any moment leaves whole kept results or none. What was half written besides is removed
 * when the run is taken up (cli/run_folder.c). Cost: one SHA-256 over the inputs and the models. */
#include "cli/run_stage.h"

#include <stdio.h>
#include <string.h>
#include <zstd.h>

#include "core/base/blas.h"
#include "core/base/hash.h"

td_status td_file_hash(char hex[65], uint64_t *n_bytes, const char *path, td_error *err) {
    td_file *file = NULL;
    TD_TRY(td_file_open(&file, path, err));
    td_bytes bytes = td_file_raw_bytes(file);
    *n_bytes = bytes.n;
    td_status status = td_sha256_of(bytes.data, bytes.n, hex, err);
    td_file_close(file);
    return status;
}

/* --- step 1 ----------------------------------------------------------------------------------- */

static td_status hash_input(td_run *run, const char *path, td_error *err) {
    td_run_input *input = &run->input[run->n_inputs];
    snprintf(input->name, sizeof input->name, "%s", td_base_name(path));
    TD_TRY(td_file_hash(input->sha256, &input->n_bytes, path, err));
    run->n_inputs++;
    return TD_OK;
}

/* The files of the shop's folder, or the snapshot. */
td_status td_run_inputs(td_run *run, td_error *err) {
    static const char *const names[TD_RUN_MAX_INPUTS] = {"events.csv", "item_properties_part1.csv",
                                                         "item_properties_part2.csv",
                                                         "category_tree.csv", "truth/sessions.csv"};
    if (run->n_inputs > 0) return TD_OK;
    if (!td_path_is_folder(run->source)) return hash_input(run, run->source, err);
    for (int i = 0; i < TD_RUN_MAX_INPUTS; i++) {
        char path[4096];
        if (td_path_find(path, sizeof path, run->source, names[i], NULL) != TD_OK) continue;
        TD_TRY(hash_input(run, path, err));
    }
    return TD_OK;
}

/* The inputs, and with them all that shapes the result. */
static td_status make_key(td_run *run, td_error *err) {
    char text[1024];
    TD_TRY(td_run_inputs(run, err));
    int n = snprintf(text, sizeof text, "%s\n%s\n%s\n", run->run_id, td_blas_name(),
                     ZSTD_versionString());
    for (int i = 0; i < run->n_inputs; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s\n", run->input[i].sha256);
    TD_TRY(td_sha256_of(text, (uint64_t)n, run->key, err));
    td_run_stage_done(run, "identity");
    return TD_OK;
}

/* --- step 2 ----------------------------------------------------------------------------------- */

enum { HEAD_BYTES = 16 + 64 + 1 + 64 + 1 }; /* "tundish stage 1 ", key, blank, hash, newline */

static void head_of(char head[HEAD_BYTES + 1], const td_run *run, const char hash[65]) {
    snprintf(head, HEAD_BYTES + 1, "tundish stage 1 %.64s %.64s\n", run->key, hash);
}

static td_status stage_path(char out[4096], const td_run *run, const char *stage, td_error *err) {
    char name[64];
    snprintf(name, sizeof name, "stages/%s", stage);
    return td_run_path(out, run, name, err);
}

td_status td_run_keep(const td_run *run, const char *stage, td_bytes content, td_error *err) {
    char path[4096], hash[65], head[HEAD_BYTES + 1];
    td_writer *writer = NULL;
    if (run->key[0] == '\0') return TD_OK;
    TD_TRY(td_sha256_of(content.data, content.n, hash, err));
    TD_TRY(stage_path(path, run, stage, err));
    TD_TRY(td_writer_open(&writer, path, err));
    head_of(head, run, hash);
    td_writer_bytes(writer, head, HEAD_BYTES);
    td_writer_bytes(writer, content.data, content.n);
    return td_writer_commit(writer, err);
}

td_status td_run_recall(td_file **file, td_bytes *content, const td_run *run, const char *stage,
                        td_error *err) {
    char path[4096], hash[65], head[HEAD_BYTES + 1];
    *file = NULL;
    if (run->key[0] == '\0' || !run->options->is_resumed) return TD_OK;
    TD_TRY(stage_path(path, run, stage, err));
    if (!td_path_exists(path)) return TD_OK;
    TD_TRY(td_file_open(file, path, err));
    td_bytes bytes = td_file_bytes(*file);
    if (bytes.n >= HEAD_BYTES) {
        *content = (td_bytes){bytes.data + HEAD_BYTES, bytes.n - HEAD_BYTES};
        td_status status = td_sha256_of(content->data, content->n, hash, err);
        head_of(head, run, hash);
        if (status == TD_OK && memcmp(head, bytes.data, HEAD_BYTES) == 0) {
            td_cli_note(run->cli, "%s: taken from the interrupted run", stage);
            return TD_OK;
        }
    }
    td_file_close(*file);
    *file = NULL;
    return TD_OK;
}

/* --- the road --------------------------------------------------------------------------------- */

td_status td_run_all(td_run *run, td_error *err) {
    TD_TRY(td_run_data(run, err));
    TD_TRY(td_run_folder_make(run, err));
    TD_TRY(td_run_uplift_find(run, err));
    TD_TRY(td_run_identity(run, err));
    TD_TRY(make_key(run, err));
    TD_TRY(td_run_audit(run, err));
    TD_TRY(td_run_features(run, err));
    TD_TRY(td_run_models(run, err));
    TD_TRY(td_run_leaks(run, err));
    TD_TRY(td_run_plan_experiment(run, err));
    TD_TRY(td_run_uplift_stage(run, err));
    TD_TRY(td_run_write(run, err));
    TD_TRY(td_run_figures(run, err));
    TD_TRY(td_run_report(run, err));
    return td_run_manifest(run, err);
}
