/* uplift/model.c: a fitted learner as an object and as text.
 *
 *     tundish model 1 uplift           2 with a line `propensity`, so that older readers refuse it
 *     learner x
 *     outcome binary|number
 *     arms 3 control mens womens
 *     propensity e_mens 0.2            known row by row: what new rows bring it by; else no line
 *     features 2
 *     number recency
 *     category channel
 *     part 1 0x1.5p-2                  one for each arm but the first, with the mean propensity
 *     model 0 BYTES                    a model of the part: its place, and how many bytes follow
 *     tundish model 1 gbdt ...         the whole text of that model (gbdt/model_bytes.h)
 *     end
 *     sha256 64-hex-digits             of all bytes before it
 *
 * The models inside carry seals of their own. What a part must contain follows from the learner;
 * a file that lacks one of its models, or brings one too many, is refused. Every number is exact.
 * Cost: O(bytes). */
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/model_bytes.h"
#include "uplift/learner.h"

static const char kind[] = "uplift";
enum { MAX_ARMS = 64, NEWEST = 2 };

/* ---- object ---------------------------------------------------------------------------------- */

td_status td_uplift_model_init(td_uplift_model *model, uint32_t n_arms, uint32_t n_features,
                               td_error *err) {
    model->n_arms = n_arms;
    TD_NEW_ZEROED(model->arm, n_arms, err);
    TD_NEW_ZEROED(model->part, n_arms - 1, err);
    model->n_features = n_features;
    TD_NEW_ZEROED(model->feature, n_features, err);
    return TD_OK;
}

void td_part_free(td_part *part) {
    for (int k = 0; k < TD_PART_MODELS; k++) {
        td_model_free(part->model[k]);
        part->model[k] = NULL;
    }
}

void td_uplift_model_free(td_uplift_model *model) {
    if (model == NULL) return;
    for (uint32_t a = 0; model->arm != NULL && a < model->n_arms; a++) td_mem_free(model->arm[a]);
    for (uint32_t a = 1; model->part != NULL && a < model->n_arms; a++) {
        td_part_free(&model->part[a - 1]);
    }
    for (uint32_t a = 1; model->propensity != NULL && a < model->n_arms; a++) {
        td_mem_free(model->propensity[a - 1]);
    }
    for (uint32_t f = 0; model->feature != NULL && f < model->n_features; f++) {
        td_mem_free(model->feature[f].name);
    }
    td_mem_free(model->arm);
    td_mem_free(model->part);
    td_mem_free(model->propensity);
    td_mem_free(model->feature);
    td_mem_free(model);
}

td_uplift_learner td_uplift_model_learner(const td_uplift_model *model) { return model->learner; }
int td_uplift_model_is_binary(const td_uplift_model *model) { return model->is_binary; }
uint32_t td_uplift_model_n_arms(const td_uplift_model *model) { return model->n_arms; }
const char *td_uplift_model_arm(const td_uplift_model *model, uint32_t arm) {
    return model->arm[arm];
}
const char *td_uplift_model_propensity(const td_uplift_model *model, uint32_t arm) {
    return model->propensity != NULL ? model->propensity[arm - 1] : NULL;
}
uint32_t td_uplift_model_n_features(const td_uplift_model *model) { return model->n_features; }
const char *td_uplift_model_feature(const td_uplift_model *model, uint32_t feature) {
    return model->feature[feature].name;
}
td_column_kind td_uplift_model_feature_kind(const td_uplift_model *model, uint32_t feature) {
    return model->feature[feature].kind;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void write_word(td_model_text *text, const char *word) {
    td_model_text_word(text, word, strlen(word));
}

static td_status write_part(td_model_text *text, const td_part *part, uint32_t arm, td_error *err) {
    td_model_text_printf(text, "part %u", arm);
    td_model_text_f64(text, part->propensity);
    td_model_text_end_line(text);
    for (int k = 0; k < TD_PART_MODELS; k++) {
        if (part->model[k] == NULL) continue;
        char *bytes = NULL;
        uint64_t n = 0;
        TD_TRY(td_model_to_bytes(&bytes, &n, part->model[k], err));
        td_model_text_printf(text, "model %d %llu\n%s", k, (unsigned long long)n, bytes);
        td_mem_free(bytes);
    }
    return TD_OK;
}

td_status td_uplift_to_bytes(char **bytes, uint64_t *n, const td_uplift_model *model,
                             td_error *err) {
    td_model_text text;
    td_model_text_open_version(&text, kind, model->propensity != NULL ? 2 : 1);
    td_model_text_printf(&text, "learner %s\noutcome %s\narms %u",
                         td_uplift_spec_of(model->learner)->name,
                         model->is_binary ? "binary" : "number", model->n_arms);
    for (uint32_t a = 0; a < model->n_arms; a++) write_word(&text, model->arm[a]);
    if (model->propensity != NULL) td_model_text_printf(&text, "\npropensity");
    for (uint32_t a = 1; model->propensity != NULL && a < model->n_arms; a++) {
        write_word(&text, model->propensity[a - 1]);
    }
    td_model_text_printf(&text, "\nfeatures %u\n", model->n_features);
    for (uint32_t f = 0; f < model->n_features; f++) {
        int is_number = model->feature[f].kind == TD_COLUMN_NUMBER;
        td_model_text_printf(&text, is_number ? "number" : "category");
        write_word(&text, model->feature[f].name);
        td_model_text_end_line(&text);
    }
    td_status status = TD_OK;
    for (uint32_t a = 1; status == TD_OK && a < model->n_arms; a++) {
        status = write_part(&text, &model->part[a - 1], a, err);
    }
    if (status != TD_OK) {
        td_mem_free(text.bytes);
        return status;
    }
    td_model_text_printf(&text, "end\n");
    return td_model_text_seal(&text, bytes, n, err);
}

/* ---- reading --------------------------------------------------------------------------------- */

static td_status read_count(td_model_reader *reader, uint64_t *out, uint64_t low, uint64_t high,
                            td_error *err) {
    int64_t value = 0;
    TD_TRY(td_model_reader_i64(reader, &value, (int64_t)low, (int64_t)high, err));
    *out = (uint64_t)value;
    return TD_OK;
}

/* 1 when the next line starts with this key. */
static int is_next(const td_model_reader *reader, const char *key) {
    uint64_t length = strlen(key);
    return *reader->at == '\n' && (uint64_t)(reader->end - reader->at) > length + 1 &&
           memcmp(reader->at + 1, key, length) == 0;
}

/* "model PLACE BYTES", then that many bytes of a tree model. */
static td_status read_model(td_model_reader *reader, td_part *part, td_error *err) {
    uint64_t place = 0, n = 0;
    TD_TRY(td_model_reader_line(reader, "model", err));
    TD_TRY(read_count(reader, &place, 0, TD_PART_MODELS - 1, err));
    TD_TRY(read_count(reader, &n, 1, (uint64_t)(reader->end - reader->at), err));
    if (*reader->at != '\n' || (uint64_t)(reader->end - reader->at - 1) < n) {
        return td_model_reader_fail(reader, err, "fewer bytes of a model than announced");
    }
    if (part->model[place] != NULL) {
        return td_model_reader_fail(reader, err, "two models in one place");
    }
    const char *start = reader->at + 1;
    TD_TRY(td_model_from_bytes(&part->model[place], start, n, err));
    for (uint64_t i = 0; i < n; i++) reader->line += start[i] == '\n';
    reader->at = start + n - 1; /* its last byte is the end of a line, as readers expect */
    return TD_OK;
}

static td_status read_part(td_model_reader *reader, td_uplift_model *model, uint32_t arm,
                           td_error *err) {
    const td_learner *learner = td_learner_of(model->learner);
    td_part *part = &model->part[arm - 1];
    uint64_t number = 0;
    TD_TRY(td_model_reader_line(reader, "part", err));
    TD_TRY(read_count(reader, &number, arm, arm, err));
    TD_TRY(td_model_reader_f64(reader, &part->propensity, err));
    if (!(part->propensity >= 0 && part->propensity <= 1)) {
        return td_model_reader_fail(reader, err, "a propensity outside 0 to 1");
    }
    while (is_next(reader, "model ")) TD_TRY(read_model(reader, part, err));
    uint32_t most = learner->n_models + (learner->keeps_propensity ? 1 : 0);
    for (uint32_t k = 0; k < TD_PART_MODELS; k++) {
        int is_wrong = part->model[k] == NULL ? k < learner->n_models : k >= most;
        if (is_wrong) return td_model_reader_fail(reader, err, "not the models of this learner");
    }
    return TD_OK;
}

static td_status read_feature(td_model_reader *reader, td_model_feature *feature, td_error *err) {
    int is_category = is_next(reader, "category ");
    feature->kind = is_category ? TD_COLUMN_CATEGORY : TD_COLUMN_NUMBER;
    TD_TRY(td_model_reader_line(reader, is_category ? "category" : "number", err));
    return td_model_reader_word(reader, &feature->name, NULL, err);
}

static td_status read_learner(td_model_reader *reader, td_uplift_model *model, td_error *err) {
    char *name = NULL;
    TD_TRY(td_model_reader_line(reader, "learner", err));
    TD_TRY(td_model_reader_word(reader, &name, NULL, err));
    td_status status = td_uplift_learner_find(&model->learner, name, NULL);
    td_mem_free(name);
    if (status != TD_OK) return td_model_reader_fail(reader, err, "unknown learner");
    TD_TRY(td_model_reader_line(reader, "outcome", err));
    TD_TRY(td_model_reader_word(reader, &name, NULL, err));
    model->is_binary = strcmp(name, "binary") == 0;
    int is_known = model->is_binary || strcmp(name, "number") == 0;
    td_mem_free(name);
    return is_known ? TD_OK : td_model_reader_fail(reader, err, "unknown kind of outcome");
}

/* n words of the line into word[n], which keeps those that were read after a failure, too. */
static td_status read_words(td_model_reader *reader, char **word, uint64_t n, td_error *err) {
    for (uint64_t k = 0; k < n; k++) TD_TRY(td_model_reader_word(reader, &word[k], NULL, err));
    return TD_OK;
}

/* Names of the propensities that new rows bring. */
static td_status read_propensity(td_model_reader *reader, td_uplift_model *model, uint64_t n_arms,
                                 td_error *err) {
    model->n_arms = (uint32_t)n_arms; /* what td_uplift_model_free counts by */
    TD_TRY(td_model_reader_line(reader, "propensity", err));
    TD_NEW_ZEROED(model->propensity, n_arms - 1, err);
    return read_words(reader, model->propensity, n_arms - 1, err);
}

/* Names of arms stand on one line, those of features on a line each. */
static td_status read_names(td_model_reader *reader, td_uplift_model *model, td_error *err) {
    char *arm[MAX_ARMS] = {NULL};
    uint64_t n_arms = 0, n_features = 0;
    TD_TRY(td_model_reader_line(reader, "arms", err));
    TD_TRY(read_count(reader, &n_arms, 2, MAX_ARMS, err));
    td_status status = read_words(reader, arm, n_arms, err);
    if (status == TD_OK && is_next(reader, "propensity ")) {
        status = read_propensity(reader, model, n_arms, err);
    }
    if (status == TD_OK) status = td_model_reader_line(reader, "features", err);
    uint64_t left = (uint64_t)(reader->end - reader->at);
    if (status == TD_OK) status = read_count(reader, &n_features, 1, left, err);
    if (status == TD_OK) {
        status = td_uplift_model_init(model, (uint32_t)n_arms, (uint32_t)n_features, err);
    }
    for (uint64_t a = 0; a < n_arms; a++) {
        if (status == TD_OK) {
            model->arm[a] = arm[a];
        } else {
            td_mem_free(arm[a]);
        }
    }
    return status;
}

static td_status read_whole(td_model_reader *reader, td_uplift_model *model, td_error *err) {
    TD_TRY(read_learner(reader, model, err));
    TD_TRY(read_names(reader, model, err));
    for (uint32_t f = 0; f < model->n_features; f++) {
        TD_TRY(read_feature(reader, &model->feature[f], err));
    }
    for (uint32_t a = 1; a < model->n_arms; a++) TD_TRY(read_part(reader, model, a, err));
    TD_TRY(td_model_reader_line(reader, "end", err));
    if (td_model_reader_is_done(reader)) return TD_OK;
    return td_model_reader_fail(reader, err, "lines after the end");
}

td_status td_uplift_from_bytes(td_uplift_model **out, const char *bytes, uint64_t n,
                               td_error *err) {
    *out = NULL;
    td_model_reader reader;
    TD_TRY(td_model_reader_open_version(&reader, bytes, n, kind, NEWEST, err));
    td_uplift_model *model;
    TD_NEW_ZEROED(model, 1, err);
    td_status status = read_whole(&reader, model, err);
    if (status == TD_OK) {
        *out = model;
    } else {
        td_uplift_model_free(model);
    }
    return status;
}
