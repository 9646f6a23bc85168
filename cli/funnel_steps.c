/* cli/funnel_steps.c: options of paths -> walks, groups, waiting times.
 *
 *     --steps view,addtocart,transaction --window 1d --mode strict_order --by hour,category
 *
 *   1. Words become numbers: kinds, a window in ms, bits of modes, groups.
 *   2. Every visitor (or session) is walked (core/steps).
 *   3. Units are counted by level, in total and by group (core/steps_groups).
 *   4. Waiting times between neighbouring steps, and over the whole way, are estimated with those
 *      who still wait as censored (stats/survival). */
#include "cli/funnel_steps.h"

#include <string.h>

#include "core/base/nearest.h"

void td_paths_free(td_paths *paths) {
    td_step_table_free(&paths->table);
    td_step_breakdown_free(&paths->total);
    for (uint32_t i = 0; i < paths->n_by; i++) td_step_breakdown_free(&paths->breakdown[i]);
    for (uint32_t i = 0; i < paths->n_waits; i++) td_survival_free(&paths->wait[i].survival);
}

/* --- step 1 ----------------------------------------------------------------------------------- */

/* Name of value i. */
typedef const char *(*name_fn)(int i);

static const char *kind_name(int i) { return td_event_kind_name((td_event_kind)i); }

static const char *by_name(int i) { return td_steps_by_name((td_steps_by)i); }

/* Index of a word among n names. */
static td_status find_word(int *out, const char *word, name_fn name, int n, const char *option,
                           td_error *err) {
    td_nearest nearest = td_nearest_to(word);
    for (int i = 0; i < n; i++) {
        *out = i;
        if (strcmp(word, name(i)) == 0) return TD_OK;
        td_nearest_offer(&nearest, name(i));
    }
    TD_FAIL(err, TD_ERR_ARG, "--%s: '%s' is unknown, the nearest is '%s'", option, word,
            nearest.name);
}

/* The names of ClickHouse's windowFunnel are understood too. */
static td_status find_mode(int *out, const char *word, td_error *err) {
    if (strcmp(word, "strict_deduplication") == 0) word = "strict_dedup";
    return find_word(out, word, td_step_mode_name, TD_N_STEP_MODES, "mode", err);
}

/* Digits and a unit, which is compared whole: "1.5h" and "1 d" are errors. */
static td_status parse_window(int64_t *out, const char *text, td_error *err) {
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1},      {"s", 1000},     {"m", 60000},
                 {"h", 3600000}, {"d", 86400000}, {"w", 604800000}};
    *out = TD_NO_WINDOW;
    if (strcmp(text, "none") == 0) return TD_OK;
    size_t n_digits = strspn(text, "0123456789");
    char digits[16] = "";
    int64_t n = 0;
    if (n_digits > 0 && n_digits < sizeof digits) memcpy(digits, text, n_digits);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(text + n_digits, units[i].unit) != 0) continue;
        if (!td_text_is_whole(digits, &n) || n > TD_MAX_TIMESTAMP / units[i].ms) break;
        *out = n * units[i].ms;
        return TD_OK;
    }
    TD_FAIL(err, TD_ERR_ARG, "--window: '%s' is no time like 45s, 30m, 12h, 1d, 2w or none", text);
}

/* Kinds may occur twice (view, view, addtocart); groups and modes need not be in order. */
static td_status parse_lists(td_paths *out, const td_path_options *o, td_arena *arena,
                             td_error *err) {
    const char *const *word;
    uint32_t n;
    int found;
    TD_TRY(td_list_split(&word, &n, o->steps, "steps", arena, err));
    TD_CHECK(n <= TD_MAX_STEPS, err, TD_ERR_ARG, "--steps: %u steps, at most %d are possible", n,
             TD_MAX_STEPS);
    out->steps.n = n;
    for (uint32_t i = 0; i < n; i++) {
        TD_TRY(find_word(&found, word[i], kind_name, TD_N_KINDS, "steps", err));
        out->steps.kind[i] = (uint8_t)found;
    }
    TD_TRY(td_list_split(&word, &n, o->mode, "mode", arena, err));
    for (uint32_t i = 0; i < n; i++) {
        TD_TRY(find_mode(&found, word[i], err));
        out->steps.modes |= 1 << found;
    }
    TD_TRY(td_list_split(&word, &n, o->by, "by", arena, err));
    TD_CHECK(n <= TD_N_STEPS_BY, err, TD_ERR_ARG, "--by: %u groups", n);
    for (uint32_t i = 0; i < n; i++) {
        TD_TRY(find_word(&found, word[i], by_name, TD_N_STEPS_BY, "by", err));
        out->by[i] = (td_steps_by)found;
    }
    out->n_by = n;
    return TD_OK;
}

td_status td_paths_parse(td_paths *out, const td_path_options *options, td_error *err) {
    *out = (td_paths){.level = options->level};
    out->steps.unit = strcmp(options->unit, "session") == 0 ? TD_UNIT_SESSION : TD_UNIT_VISITOR;
    while (strcmp(options->touch, td_step_touch_name(out->touch)) != 0) out->touch++;
    TD_TRY(parse_window(&out->steps.window_ms, options->window, err));
    td_arena arena = {0};
    td_status status = parse_lists(out, options, &arena, err);
    td_arena_free(&arena);
    if (status == TD_OK) status = td_steps_check(&out->steps, err);
    return status;
}

/* Item properties are read only for this: they can be ten times the log. */
int td_paths_need_catalog(const td_paths *paths) {
    int is_needed = 0;
    for (uint32_t i = 0; i < paths->n_by; i++) is_needed |= paths->by[i] == TD_STEPS_BY_CATEGORY;
    return is_needed;
}

/* --- steps 2 to 4 ----------------------------------------------------------------------------- */

/* In total, then once for each group of --by. */
static td_status count_units(td_paths *p, const td_shop *shop, td_error *err) {
    const td_events *events = &shop->log.events;
    td_step_grouping all = {TD_STEPS_BY_NOTHING, TD_TOUCH_FIRST};
    TD_TRY(td_step_breakdown_build(&p->total, &p->table, all, events, NULL, err));
    const td_catalog *catalog = shop->has_catalog ? &shop->catalog : NULL;
    for (uint32_t i = 0; i < p->n_by; i++) {
        td_step_grouping grouping = {p->by[i], p->touch};
        TD_TRY(
            td_step_breakdown_build(&p->breakdown[i], &p->table, grouping, events, catalog, err));
    }
    return TD_OK;
}

/* Units that reached `from` and not `to` are censored when their window or the log ends. */
static td_status time_wait(td_paths *p, uint32_t from, uint32_t to, const td_exec *exec,
                           td_error *err) {
    td_step_waits waits;
    TD_TRY(td_step_waits_build(&waits, &p->table, from, to, err));
    td_path_wait *wait = &p->wait[p->n_waits++];
    wait->from = from;
    wait->to = to;
    td_status status =
        td_survival_fit(&wait->survival, waits.time, waits.is_event, waits.n, exec, err);
    td_step_waits_free(&waits);
    return status;
}

/* With two steps the whole way is the only wait. */
td_status td_paths_build(td_paths *paths, const td_shop *shop, const td_exec *exec, td_error *err) {
    TD_TRY(td_step_table_build(&paths->table, &paths->steps, &shop->log.events, &shop->sessions,
                               exec, err));
    TD_TRY(count_units(paths, shop, err));
    for (uint32_t step = 2; step <= paths->steps.n; step++) {
        TD_TRY(time_wait(paths, step - 1, step, exec, err));
    }
    return paths->steps.n > 2 ? time_wait(paths, 1, paths->steps.n, exec, err) : TD_OK;
}
