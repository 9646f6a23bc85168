/* cli/scoring.c: the calls that the commands which learn from a shop share, in the order of the
 * flow:
 *
 *   events, catalog -> sessions, funnel -> population (who, when, label) -> split, features
 *
 * Everything is the same for whoever asks with the same options: `features`, `run`, `cv`, `audit
 * leaks` and `uplift simulate` speak of the same rows. The table of options repeats the two of
 * cleaning, because a command takes one shared table. */
#include "cli/scoring.h"

#include <stdio.h>
#include <string.h>

#include "core/base/hash.h"
#include "io/feature_file.h"

#define AT(field) offsetof(td_scoring, field)

const td_option td_scoring_options[TD_N_SCORING_OPTIONS] = {
    {"target", "purchase_after|any_purchase", "purchase_after",
     "label: a purchase after the decision, or any purchase of the session", AT(target),
     TD_OPT_CHOICE, 0, 0, 0},
    {"decision-seconds", "SECONDS", "300", "the decision, after the session's start",
     AT(decision_s), TD_OPT_WHOLE, 0, 0, 1e9},
    {"hide-cart", NULL, NULL, "hide the session's own cart events from its features", AT(hide_cart),
     TD_OPT_FLAG, 0, 0, 0},
    {"features", "FILE", NULL,
     "choose, window and name features: an INI file of [scope] and `name = feature window`",
     AT(features), TD_OPT_TEXT, 0, 0, 0},
    {"purge", "SECONDS", "86400", "rows this close before a split boundary are in no part",
     AT(purge_s), TD_OPT_WHOLE, 0, 0, 1e9},
    TD_OPTION_GAP(AT(gap_s)),
    TD_OPTION_PRICE_PROPERTY(AT(price_property)),
    TD_OPTION_MAX_EXCLUDED(AT(cleaning.max_excluded)),
    TD_OPTION_EXCLUSIONS(AT(cleaning.exclusions)),
};

void td_scored_free(td_scored *scored) {
    td_split_free(&scored->split);
    td_feature_set_free(&scored->set);
    td_population_free(&scored->population);
    td_feature_choice_free(&scored->choice);
    memset(scored, 0, sizeof *scored);
}

/* No choice is not the choice of nothing: the engine takes NULL for all features. */
const td_feature_choice *td_scored_choice(const td_scored *scored) {
    return scored->choice.n > 0 ? &scored->choice : NULL;
}

/* Scope by scope as the file has them; a section may come again. */
void td_scored_write_choice(td_writer *writer, const td_scored *scored) {
    for (uint32_t i = 0; i < scored->choice.n; i++) {
        const td_feature_info *info = td_feature_at(scored->choice.id[i]);
        const td_feature_info *last = i > 0 ? td_feature_at(scored->choice.id[i - 1]) : NULL;
        if (last == NULL || last->scope != info->scope)
            td_writer_printf(writer, "[%s]\n", td_scope_name(info->scope));
        td_writer_printf(writer, "%s = %s\n", scored->choice.name[i], info->name);
    }
}

/* Names count as well as features: they are the columns of the table. Each with its closing 0, so
 * that "ab" "c" and "a" "bc" differ. */
td_status td_scored_choice_hash(char hex[65], const td_feature_choice *choice, td_error *err) {
    td_sha256 *hash;
    snprintf(hex, 65, "all");
    if (choice == NULL || choice->n == 0) return TD_OK;
    TD_TRY(td_sha256_open(&hash, err));
    for (uint32_t i = 0; i < choice->n; i++) {
        const char *feature = td_feature_at(choice->id[i])->name;
        td_sha256_add(hash, choice->name[i], strlen(choice->name[i]) + 1);
        td_sha256_add(hash, feature, strlen(feature) + 1);
    }
    td_sha256_close(hash, hex);
    return TD_OK;
}

/* The catalog after the log, since it keeps only items that occur there. */
static td_status open_parts(td_shop *shop, const char *folder, const td_scoring *scoring,
                            const td_exec *exec, td_error *err) {
    td_catalog_source source = {folder, scoring->price_property};
    TD_TRY(td_shop_open(shop, folder, &scoring->cleaning, exec, err));
    TD_TRY(td_shop_read_catalog(shop, &source, &scoring->cleaning, exec, err));
    return td_shop_cut_sessions(shop, scoring->gap_s, exec, err);
}

td_status td_scoring_open(td_shop *out, const char *folder, const td_scoring *scoring,
                          const td_exec *exec, td_error *err) {
    memset(out, 0, sizeof *out);
    td_status status = open_parts(out, folder, scoring, exec, err);
    if (status != TD_OK) td_shop_free(out);
    return status;
}

/* Who is scored and when, which part each row is in, then what was known about it. */
static td_status build(td_scored *out, const td_shop *shop, const td_scoring *scoring,
                       const td_exec *exec, td_error *err) {
    if (scoring->features != NULL)
        TD_TRY(td_feature_file_read(&out->choice, scoring->features, err));
    td_population_rule rule = td_population_rule_default();
    rule.decision_ms = scoring->decision_s * 1000;
    rule.hide_cart = scoring->hide_cart;
    int is_any = strcmp(scoring->target, td_target_name(TD_ANY_PURCHASE)) == 0;
    rule.target = is_any ? TD_ANY_PURCHASE : TD_PURCHASE_AFTER;
    TD_TRY(td_population_build(&out->population, &shop->sessions, &shop->funnel, &rule, err));
    td_split_rule split_rule = td_split_rule_default();
    split_rule.purge_ms = scoring->purge_s * 1000;
    TD_TRY(td_split_build(&out->split, &out->population, &shop->sessions, &split_rule, err));
    td_feature_inputs inputs = {
        &shop->log.events,    &shop->sessions, &shop->catalog, &out->population, NULL,
        td_scored_choice(out)};
    return td_features_build(&out->set, &inputs, exec, err);
}

td_status td_scoring_build(td_scored *out, const td_shop *shop, const td_scoring *scoring,
                           const td_exec *exec, td_error *err) {
    memset(out, 0, sizeof *out);
    td_status status = build(out, shop, scoring, exec, err);
    if (status != TD_OK) td_scored_free(out);
    return status;
}

/* The trainer's own error has no place; the setting knows file and line. */
td_status td_scoring_set_parameter(td_train_params *params, const td_setting *setting,
                                   td_error *err) {
    TD_CHECK(setting->value != NULL, err, TD_ERR_ARG, "--%s needs a value", setting->name);
    td_error inner = {0};
    if (td_params_set(params, setting->name, setting->value, &inner) != TD_OK)
        return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0, "%s", inner.text);
    return TD_OK;
}

void td_scoring_json(td_json *json, const td_scored *scored) {
    const td_population *population = &scored->population;
    td_json_text(json, "target", td_target_name(population->rule.target));
    td_json_bool(json, "hide_cart", population->rule.hide_cart);
    td_json_u64(json, "rows", population->n);
    td_json_u64(json, "positives", population->n_positives);
    td_json_u64(json, "censored", population->n_censored);
    td_json_u64(json, "bought_before", population->n_bought_before);
    td_json_object(json, "split");
    for (int part = 0; part < TD_N_PARTS; part++) {
        td_json_object(json, td_part_name((td_part)part));
        td_json_u64(json, "rows", scored->split.n_of_part[part]);
        td_json_u64(json, "positives", scored->split.n_positives[part]);
        td_json_end(json);
    }
    td_json_end(json);
}
