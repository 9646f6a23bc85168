/* core/split: a hand case with every kind of purge, ties at a boundary, and random data against a
 * slow version. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/split.h"

enum { MAX_ROWS = 400 };

/* Sessions and a population of all of them, in fixed arrays. */
typedef struct rows {
    uint64_t n;
    uint32_t session[MAX_ROWS], visitor[MAX_ROWS];
    int64_t start[MAX_ROWS], end[MAX_ROWS];
    uint8_t label[MAX_ROWS];
} rows;

static void add(rows *r, uint32_t visitor, int64_t start, int64_t end) {
    r->session[r->n] = (uint32_t)r->n;
    r->visitor[r->n] = visitor;
    r->start[r->n] = start;
    r->end[r->n] = end;
    r->label[r->n] = (uint8_t)(start % 2);
    r->n++;
}

static td_split split_of(rows *r, const td_split_rule *rule) {
    td_population population = {.n = r->n, .session = r->session, .label = r->label};
    td_sessions sessions = {.n = r->n, .visitor = r->visitor, .start = r->start, .end = r->end};
    td_split split;
    cr_assert_eq(td_split_build(&split, &population, &sessions, rule, NULL), TD_OK);
    return split;
}

Test(core_split, hand_case_purges_near_and_crossing_rows) {
    rows r = {0};
    td_split_rule rule = td_split_rule_default();
    rule.purge_ms = 10;
    /* by (visitor, start); starts 100, 200, ..., 1000: b0 = rank 6 = 700, b1 = rank 8 = 900 */
    add(&r, 0, 100, 110);
    add(&r, 0, 500, 705);   /* crosses b0 */
    add(&r, 0, 800, 899);   /* valid */
    add(&r, 1, 200, 200);   /* train */
    add(&r, 1, 900, 950);   /* at b1: test */
    add(&r, 2, 300, 699);   /* train, ends 1 ms before b0 */
    add(&r, 2, 1000, 1000); /* test */
    add(&r, 3, 400, 700);   /* touches b0: crosses */
    add(&r, 3, 700, 700);   /* at b0: valid */
    add(&r, 4, 600, 600);   /* train */
    td_split split = split_of(&r, &rule);
    cr_assert_eq(split.boundary[0], 700);
    cr_assert_eq(split.boundary[1], 900);
    const uint8_t want[] = {TD_TRAIN, TD_PURGED, TD_VALID,  TD_TRAIN, TD_TEST,
                            TD_TRAIN, TD_TEST,   TD_PURGED, TD_VALID, TD_TRAIN};
    for (int i = 0; i < 10; i++) cr_assert_eq(split.part[i], want[i], "row %d", i);
    cr_assert_eq(split.n_purged_crossing, 2);
    cr_assert_eq(split.n_purged_near, 0);
    cr_assert_eq(split.n_visitors_train_valid, 1, "visitor 0");
    cr_assert_eq(split.n_visitors_train_test, 2, "visitors 1 and 2");
    cr_assert_eq(split.n_visitors_valid_test, 0);
    td_split_free(&split);
    rule.purge_ms = 100;
    split = split_of(&r, &rule);
    cr_assert_eq(split.n_purged_near, 2, "600 and 800");
    cr_assert_eq(split.part[9], TD_PURGED);
    cr_assert_eq(split.part[2], TD_PURGED);
    td_split_free(&split);
    rule.purge_ms = 0;
    rule.purge_visitors = 1;
    split = split_of(&r, &rule);
    cr_assert_eq(split.n_purged_visitors, 3);
    cr_assert_eq(split.n_visitors_train_valid + split.n_visitors_train_test +
                     split.n_visitors_valid_test,
                 0);
    td_split_free(&split);
}

Test(core_split, equal_starts_at_a_boundary_all_go_right) {
    rows r = {0};
    for (uint32_t v = 0; v < 10; v++) add(&r, v, v < 3 ? 1 : v < 7 ? 5 : 9, 9);
    td_split_rule rule = td_split_rule_default();
    rule.purge_ms = 0;
    for (uint64_t i = 0; i < r.n; i++) r.end[i] = r.start[i];
    td_split split = split_of(&r, &rule); /* rank 6 has start 5, rank 8 start 9 */
    cr_assert_eq(split.n_of_part[TD_TRAIN], 3);
    cr_assert_eq(split.n_of_part[TD_VALID], 4);
    cr_assert_eq(split.n_of_part[TD_TEST], 3);
    td_split_free(&split);
}

static int by_start(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The definition, row by row. */
static td_part slow_part(const rows *r, uint64_t i, const int64_t boundary[2], int64_t purge_ms) {
    for (int b = 0; b < 2; b++) {
        int is_before = r->start[i] < boundary[b];
        if (is_before && boundary[b] - r->start[i] <= purge_ms) return TD_PURGED;
        if (is_before && r->end[i] >= boundary[b]) return TD_PURGED;
    }
    return r->start[i] >= boundary[1] ? TD_TEST : r->start[i] >= boundary[0] ? TD_VALID : TD_TRAIN;
}

static uint64_t slow_overlap(const rows *r, const td_split *split, td_part a, td_part b) {
    uint64_t n = 0;
    for (uint32_t v = 0; v < MAX_ROWS; v++) {
        int has_a = 0, has_b = 0;
        for (uint64_t i = 0; i < r->n; i++) {
            has_a |= r->visitor[i] == v && split->part[i] == a;
            has_b |= r->visitor[i] == v && split->part[i] == b;
        }
        n += has_a && has_b;
    }
    return n;
}

static void compare_with_slow(td_rng *rng) {
    rows r = {0};
    uint64_t n = 1 + td_rng_below(rng, MAX_ROWS - 1);
    uint32_t visitor = 0;
    for (uint64_t i = 0; i < n; i++) {
        visitor += td_rng_below(rng, 2) == 0;
        int64_t start = (int64_t)td_rng_below(rng, 300);
        add(&r, visitor, start, start + (int64_t)td_rng_below(rng, 30));
    }
    td_split_rule rule = td_split_rule_default();
    rule.purge_ms = (int64_t)td_rng_below(rng, 40);
    td_split split = split_of(&r, &rule);
    int64_t sorted[MAX_ROWS];
    for (uint64_t i = 0; i < n; i++) sorted[i] = r.start[i];
    qsort(sorted, n, sizeof *sorted, by_start);
    const int64_t boundary[2] = {sorted[6 * n / 10], sorted[8 * n / 10]};
    uint64_t n_of_part[TD_N_PARTS] = {0}, n_positives[TD_N_PARTS] = {0};
    for (uint64_t i = 0; i < n; i++) {
        td_part want = slow_part(&r, i, boundary, rule.purge_ms);
        cr_assert_eq(split.part[i], want);
        n_of_part[want]++;
        n_positives[want] += r.label[i];
    }
    for (int part = 0; part < TD_N_PARTS; part++) {
        cr_assert_eq(split.n_of_part[part], n_of_part[part]);
        cr_assert_eq(split.n_positives[part], n_positives[part]);
    }
    cr_assert_eq(split.n_purged_near + split.n_purged_crossing, n_of_part[TD_PURGED]);
    cr_assert_eq(split.n_visitors_train_valid, slow_overlap(&r, &split, TD_TRAIN, TD_VALID));
    cr_assert_eq(split.n_visitors_train_test, slow_overlap(&r, &split, TD_TRAIN, TD_TEST));
    cr_assert_eq(split.n_visitors_valid_test, slow_overlap(&r, &split, TD_VALID, TD_TEST));
    td_split_free(&split);
}

Test(core_split, random_rows_equal_the_definition) {
    td_rng rng = td_rng_stream(1, "split", 0, 0);
    for (int i = 0; i < 60; i++) compare_with_slow(&rng);
}

Test(core_split, impossible_rules_and_no_rows_are_errors) {
    rows r = {0};
    add(&r, 0, 1, 1);
    td_population population = {.n = 1, .session = r.session, .label = r.label};
    td_sessions sessions = {.n = 1, .visitor = r.visitor, .start = r.start, .end = r.end};
    td_split split;
    td_split_rule rule = td_split_rule_default();
    rule.train_percent = 90;
    cr_assert_eq(td_split_build(&split, &population, &sessions, &rule, NULL), TD_ERR_RANGE);
    rule = td_split_rule_default();
    rule.purge_ms = -1;
    cr_assert_eq(td_split_build(&split, &population, &sessions, &rule, NULL), TD_ERR_RANGE);
    rule = td_split_rule_default();
    population.n = 0;
    cr_assert_eq(td_split_build(&split, &population, &sessions, &rule, NULL), TD_ERR_SHAPE);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
