/* cli/run_manifest.c: manifest.json and timings.json, the last artefacts of a run.
 *
 * manifest.json: run_id, versions that can change bytes (tundish, zstd, BLAS kernel), parameters,
 * SHA-256 of the raw inputs and of every other artefact in byte order of their names. It holds no
 * date, absolute path, thread count or compiler. timings.json holds what differs between machines.
 */
#include <stdio.h>
#include <string.h>
#include <zstd.h>

#include "cli/run_stage.h"
#include "core/base/blas.h"
#include "core/base/mem.h"

/* Makes the folders of the path as well: stages need not care which one writes first. */
td_status td_run_path(char out[4096], const td_run *run, const char *name, td_error *err) {
    TD_TRY(td_path_join(out, 4096, run->folder, name, err));
    char *slash = strrchr(out, '/');
    *slash = '\0';
    td_status status = td_folder_make(out, err);
    *slash = '/';
    return status;
}

td_status td_run_open(td_writer **out, const td_run *run, const char *name, td_error *err) {
    char path[4096];
    TD_TRY(td_run_path(path, run, name, err));
    return td_writer_open(out, path, err);
}

static void json_file(td_json *json, const char *name, uint64_t n_bytes, const char *hex) {
    td_json_object(json, NULL);
    td_json_text(json, "file", name);
    td_json_u64(json, "bytes", n_bytes);
    td_json_text(json, "sha256", hex);
    td_json_end(json);
}

static void json_inputs(td_json *json, const td_run *run) {
    td_json_array(json, "inputs");
    for (int i = 0; i < run->n_inputs; i++)
        json_file(json, run->input[i].name, run->input[i].n_bytes, run->input[i].sha256);
    td_json_end(json);
}

/* Every file in the folder, so that none can be forgotten here when a stage writes a new one. */
static td_status json_artefacts(td_json *json, const td_run *run, td_error *err) {
    td_file_list list = {0};
    TD_TRY(td_folder_files(&list, run->folder, err));
    td_json_array(json, "artefacts");
    td_status status = TD_OK;
    for (uint32_t i = 0; i < list.n && status == TD_OK; i++) {
        char path[4096];
        char hex[65];
        uint64_t n_bytes = 0;
        if (strstr(list.name[i], ".partial") != NULL) continue; /* manifest.json itself */
        if (strncmp(list.name[i], "stages/", 7) == 0) continue; /* go when all is done */
        status = td_path_join(path, sizeof path, run->folder, list.name[i], err);
        if (status == TD_OK) status = td_file_hash(hex, &n_bytes, path, err);
        if (status == TD_OK) json_file(json, list.name[i], n_bytes, hex);
    }
    td_json_end(json);
    td_file_list_free(&list);
    return status;
}

static void json_rounds(td_json *json, const td_run *run, td_run_model m) {
    td_json_i64(json, "rounds_trained", run->training[m].n_iterations);
    td_json_i64(json, "rounds_used", td_model_best_iteration(run->trees[m]));
}

/* Where its parameters are not the primary model's. They follow from those, so replay needs none of
 * it. */
static void json_alternative(td_json *json, const td_run *run) {
    td_train_params params = td_run_params_of(&run->params, TD_RUN_ALTERNATIVE);
    uint32_t n = 0;
    const td_param_spec *spec = td_param_table(&n);
    td_json_object(json, td_run_model_name(TD_RUN_ALTERNATIVE));
    for (uint32_t i = 0; i < n; i++) {
        char own[40], primary[40];
        td_params_value(&params, i, own);
        td_params_value(&run->params, i, primary);
        if (strcmp(own, primary) != 0) td_json_text(json, spec[i].name, own);
    }
    json_rounds(json, run, TD_RUN_ALTERNATIVE);
    td_json_end(json);
}

/* All that can change a byte of the artefacts, and what they are. */
static td_status fill_manifest(td_json *json, const td_run *run, td_error *err) {
    td_json_object(json, NULL);
    td_json_text(json, "run_id", run->run_id);
    td_json_text(json, "tundish", TD_VERSION);
    td_json_text(json, "blas", td_blas_name());
    td_json_text(json, "zstd", ZSTD_versionString());
    td_json_object(json, "parameters");
    td_run_parameter parameter[TD_RUN_MAX_PARAMETERS];
    uint32_t n = td_run_parameters(parameter, run);
    for (uint32_t i = 0; i < n; i++) td_json_text(json, parameter[i].key, parameter[i].value);
    td_json_end(json);
    td_json_bool(json, "rounds_fixed", run->has_few_positives); /* too few purchases to stop by */
    json_rounds(json, run, TD_RUN_PRIMARY);
    json_alternative(json, run);
    json_inputs(json, run);
    TD_TRY(json_artefacts(json, run, err));
    td_json_end(json);
    td_json_close(json);
    return TD_OK;
}

/* After the manifest, which must not name it: these numbers differ from run to run. */
static td_status write_timings(const td_run *run, td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, "timings.json", err));
    td_json json = td_json_open(writer);
    td_json_object(&json, NULL);
    char source[4096];
    td_json_text(&json, "run_id", run->run_id);
    if (td_path_relative(source, sizeof source, run->folder, run->source, NULL) == TD_OK)
        td_json_text(&json, "source", source); /* where replay looks for the shop */
    td_json_i64(&json, "threads", run->cli->exec.n_threads);
    td_json_u64(&json, "peak_memory_bytes", td_system_peak_bytes());
    td_json_object(&json, "seconds");
    for (int i = 0; i < run->n_timings; i++) {
        td_json_f64(&json, run->timing[i].stage, run->timing[i].seconds);
    }
    td_json_end(&json);
    td_json_end(&json);
    td_json_close(&json);
    return td_writer_commit(writer, err);
}

td_status td_run_manifest(td_run *run, td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, "manifest.json", err));
    td_json json = td_json_open(writer);
    td_status status = fill_manifest(&json, run, err);
    if (status != TD_OK) {
        td_writer_abort(writer);
        return status;
    }
    TD_TRY(td_writer_commit(writer, err));
    td_run_stage_done(run, "manifest");
    return write_timings(run, err);
}
