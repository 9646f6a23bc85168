/* cli/run_replay.c: from a manifest back to options, and hashes side by side.
 *
 * The manifest lists parameters as key and text, in the spelling of td_run_parameters: those of
 * the table below go to the options of run, all others are the trainer's. A key that neither knows
 * is an error: a replay that left one out would prove nothing.
 *
 *     manifest  file, sha256   --- RUN on disk: changed? lost? added?
 *                              --- the copy:    other bytes?
 *
 * The copy is made in RUN.replay.partial and removed in any case. Cost: the run, and SHA-256 of all
 * artefacts twice. */
#include "cli/run_replay.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/run_stage.h"
#include "core/base/mem.h"

void td_replay_free(td_replay *replay) {
    cJSON_Delete(replay->manifest);
    replay->manifest = NULL;
}

/* A member's text, "" when it is missing or no text: comparisons then fail by themselves. */
static const char *text_of(const cJSON *object, const char *key) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text != NULL ? text : "";
}

static td_status read_json(cJSON **out, const char *folder, const char *name, td_error *err) {
    char path[4096];
    td_file *file = NULL;
    TD_TRY(td_path_join(path, sizeof path, folder, name, err));
    TD_TRY(td_file_open(&file, path, err));
    td_bytes bytes = td_file_bytes(file);
    *out = cJSON_ParseWithLength(bytes.data, bytes.n);
    td_file_close(file);
    if (*out == NULL) return td_fail_at(err, TD_ERR_FORMAT, path, 0, 0, "is no JSON");
    return TD_OK;
}

/* Another version may compute other bytes on purpose: refused, not compared. */
td_status td_replay_open(td_replay *out, const char *run, td_error *err) {
    *out = (td_replay){.run = run};
    TD_TRY(read_json(&out->manifest, run, "manifest.json", err));
    snprintf(out->run_id, sizeof out->run_id, "%s", text_of(out->manifest, "run_id"));
    const cJSON *artefacts = cJSON_GetObjectItemCaseSensitive(out->manifest, "artefacts");
    TD_CHECK(strlen(out->run_id) == 64 && cJSON_IsArray(artefacts), err, TD_ERR_FORMAT,
             "%s/manifest.json is not the manifest of a run", run);
    TD_CHECK(strcmp(text_of(out->manifest, "tundish"), TD_VERSION) == 0, err, TD_ERR_FORMAT,
             "%s was made by tundish %s, this is %s", run, text_of(out->manifest, "tundish"),
             TD_VERSION);
    out->n_artefacts = (uint64_t)cJSON_GetArraySize(artefacts);
    return TD_OK;
}

/* --- hashes ----------------------------------------------------------------------------------- */

/* All differences are counted, the first TD_REPLAY_MAX_NOTED named. */
static void note(td_replay *replay, const char *file, const char *what) {
    replay->n_differences++;
    if (replay->n_noted == TD_REPLAY_MAX_NOTED) return;
    uint32_t i = replay->n_noted++;
    snprintf(replay->difference[i].file, sizeof replay->difference[i].file, "%s", file);
    snprintf(replay->difference[i].what, sizeof replay->difference[i].what, "%s", what);
}

/* The entry of a file in a list of artefacts, NULL when there is none. */
static const cJSON *find(const cJSON *manifest, const char *name) {
    const cJSON *entry;
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(manifest, "artefacts")) {
        if (strcmp(text_of(entry, "file"), name) == 0) return entry;
    }
    return NULL;
}

/* One artefact on disk. */
static td_status check_file(td_replay *replay, const cJSON *entry, td_error *err) {
    char path[4096], hex[65];
    uint64_t n_bytes = 0;
    const char *name = text_of(entry, "file");
    TD_TRY(td_path_join(path, sizeof path, replay->run, name, err));
    if (!td_path_exists(path)) {
        note(replay, name, "is missing from the run");
        return TD_OK;
    }
    TD_TRY(td_file_hash(hex, &n_bytes, path, err));
    if (strcmp(hex, text_of(entry, "sha256")) == 0)
        replay->n_equal++;
    else
        note(replay, name, "was changed since the run");
    return TD_OK;
}

/* Changed, lost, then added: files that nobody listed. The manifest cannot hold its own hash, and
 * timings.json may differ. */
td_status td_replay_check_files(td_replay *replay, td_error *err) {
    const cJSON *entry;
    td_file_list list;
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(replay->manifest, "artefacts")) {
        TD_TRY(check_file(replay, entry, err));
    }
    TD_TRY(td_folder_files(&list, replay->run, err));
    for (uint32_t i = 0; i < list.n; i++) {
        int is_own =
            strcmp(list.name[i], "manifest.json") == 0 || strcmp(list.name[i], "timings.json") == 0;
        if (!is_own && find(replay->manifest, list.name[i]) == NULL)
            note(replay, list.name[i], "is no artefact of the run");
    }
    td_file_list_free(&list);
    return TD_OK;
}

/* Both manifests, entry by entry. */
static void compare(td_replay *replay, const cJSON *again) {
    const cJSON *entry;
    replay->n_equal = 0; /* from here on those that came out equal */
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(replay->manifest, "artefacts")) {
        const char *name = text_of(entry, "file");
        const cJSON *other = find(again, name);
        if (other == NULL)
            note(replay, name, "was not made again");
        else if (strcmp(text_of(entry, "sha256"), text_of(other, "sha256")) != 0)
            note(replay, name, "came out with other bytes");
        else
            replay->n_equal++;
    }
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(again, "artefacts")) {
        if (find(replay->manifest, text_of(entry, "file")) == NULL)
            note(replay, text_of(entry, "file"), "came out anew");
    }
    if (strcmp(text_of(again, "run_id"), replay->run_id) != 0)
        note(replay, "manifest.json", "run_id came out different");
}

/* --- options ---------------------------------------------------------------------------------- */

/* Parameters of run itself, in the spelling of td_run_parameters (cli/run_identity.c). */
typedef enum kind { WHOLE, FLAG, TEXT, REAL } kind;

#define AT(field) offsetof(td_run_options, field)
static const struct {
    const char *key;
    size_t at;
    kind kind;
} own[] = {{"gap_seconds", AT(scoring.gap_s), WHOLE},
           {"decision_seconds", AT(scoring.decision_s), WHOLE},
           {"purge_seconds", AT(scoring.purge_s), WHOLE},
           {"target", AT(scoring.target), TEXT},
           {"hide_cart", AT(scoring.hide_cart), FLAG},
           {"price_property", AT(scoring.price_property), TEXT},
           {"max_excluded", AT(scoring.cleaning.max_excluded), REAL},
           {"features", AT(scoring.features), TEXT},
           {"audit", AT(audit), TEXT},
           {"uplift", AT(uplift), TEXT},
           {"leak_audit", AT(leak_audit), TEXT},
           {"plan_lift", AT(plan_lift), REAL},
           {"margin", AT(margin), REAL},
           {"contact_cost", AT(contact_cost), REAL},
           {"calibrate", AT(calibrate), TEXT}};

/* 1 when the key is one of run's own and its value could be read. */
static int set_own(td_run_options *options, const char *key, const char *value) {
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (strcmp(own[i].key, key) != 0) continue;
        void *at = (char *)options + own[i].at;
        int64_t whole = 0;
        if (own[i].kind == TEXT) memcpy(at, &value, sizeof value);
        if (own[i].kind == TEXT) return 1;
        if (own[i].kind == REAL) return td_text_is_real(value, at);
        if (!td_text_is_whole(value, &whole)) return 0;
        if (own[i].kind == FLAG)
            memcpy(at, &(int){whole != 0}, sizeof(int));
        else
            memcpy(at, &whole, sizeof whole);
        return 1;
    }
    return 0;
}

/* Texts are borrowed from the manifest. */
static td_status take_options(td_run_options *options, const td_replay *replay, td_error *err) {
    const cJSON *entry;
    *options = (td_run_options){.is_forced = 0};
    td_run_params_prepare(options);
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(replay->manifest, "parameters")) {
        const char *value = cJSON_GetStringValue(entry);
        td_error inner = {0};
        if (value != NULL && set_own(options, entry->string, value)) continue;
        if (value == NULL || td_params_set(&options->params, entry->string, value, &inner) != TD_OK)
            TD_FAIL(err, TD_ERR_FORMAT, "%s/manifest.json: parameter %s: %s", replay->run,
                    entry->string, value == NULL ? "no text" : inner.text);
    }
    return TD_OK;
}

/* --- the run ---------------------------------------------------------------------------------- */

/* Where the shop is: as given, or beside RUN as timings.json has it. */
static td_status find_shop(char out[4096], const td_replay *replay, const char *shop,
                           td_error *err) {
    cJSON *timings = NULL;
    if (shop == NULL) TD_TRY(read_json(&timings, replay->run, "timings.json", err));
    const char *source = shop != NULL ? shop : text_of(timings, "source");
    td_status status = TD_OK;
    if (*source == '\0')
        status = td_fail(err, TD_ERR_ARG, "%s does not say where its shop is: replay RUN DIR",
                         replay->run);
    else if (shop != NULL)
        snprintf(out, 4096, "%s", shop);
    else
        status = td_path_join(out, 4096, replay->run, source, err);
    cJSON_Delete(timings);
    return status;
}

/* Made with other inputs the artefacts would differ for that reason alone. */
static td_status check_inputs(const td_replay *replay, const td_run *run, td_error *err) {
    const cJSON *entry, *inputs = cJSON_GetObjectItemCaseSensitive(replay->manifest, "inputs");
    int i = 0;
    cJSON_ArrayForEach(entry, inputs) {
        const char *name = text_of(entry, "file");
        if (i >= run->n_inputs || strcmp(run->input[i].name, name) != 0)
            TD_FAIL(err, TD_ERR_FORMAT, "%s has no %s, which the run was made from", run->source,
                    name);
        if (strcmp(run->input[i].sha256, text_of(entry, "sha256")) != 0)
            TD_FAIL(err, TD_ERR_FORMAT, "%s/%s is not the file that the run was made from",
                    run->source, name);
        i++;
    }
    TD_CHECK(i == run->n_inputs, err, TD_ERR_FORMAT, "%s has %s, which the run did not have",
             run->source, run->input[i < run->n_inputs ? i : 0].name);
    return TD_OK;
}

/* Inputs are compared before the work, artefacts after it. */
static td_status make_again(td_replay *replay, td_run *run, td_error *err) {
    cJSON *again = NULL;
    TD_TRY(td_run_inputs(run, err));
    TD_TRY(check_inputs(replay, run, err));
    TD_TRY(td_run_all(run, err));
    TD_TRY(read_json(&again, run->folder, "manifest.json", err));
    compare(replay, again);
    cJSON_Delete(again);
    return TD_OK;
}

/* The manifest keeps the hash of chosen features; the choice itself is RUN/data/features.ini. */
td_status td_replay_run(td_replay *replay, const char *shop, const td_cli *cli, td_error *err) {
    char source[4096], out[4096], features[4096];
    td_run_options options;
    TD_TRY(find_shop(source, replay, shop, err));
    TD_TRY(take_options(&options, replay, err));
    TD_CHECK(options.scoring.features != NULL, err, TD_ERR_FORMAT, "%s/manifest.json: no features",
             replay->run);
    TD_TRY(td_path_join(features, sizeof features, replay->run, "data/features.ini", err));
    TD_TRY(td_run_folder_name(out, replay->run, err));
    memcpy(out + strlen(out), ".replay", sizeof ".replay");
    options.out = out;
    td_run *run = td_mem_zeroed(1, sizeof *run, err);
    if (run == NULL) return TD_ERR_NOMEM;
    if (strcmp(options.scoring.features, "all") == 0)
        options.scoring.features = NULL;
    else
        options.scoring.features = features;
    run->cli = cli;
    run->options = &options;
    run->source = source;
    run->params = options.params;
    run->clock = td_clock_seconds();
    td_status status = make_again(replay, run, err);
    td_error ignored;
    if (run->folder[0] != '\0' && td_path_remove(run->folder, &ignored) != TD_OK)
        td_cli_note(cli, "%s could not be removed: %s", run->folder, ignored.text);
    td_run_free(run);
    td_mem_free(run);
    return status;
}
