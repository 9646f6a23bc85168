/* tests/oracle/test_oracle_steps.c: every short sequence of events against a search of all choices.
 *
 * The oracle shares nothing with core/steps.c but the definition: it tries every event for every
 * step, and for the modes that end the reading it extends the sequence event by event, asking
 * itself again how far that got. Sequences: all words over three kinds of steps and one of none, up
 * to LENGTH events, with every choice of equal or rising times; steps with and without kinds that
 * occur twice; every sensible set of modes; with and without a window. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/steps.h"
#include "tests/support/shop.h"

enum { LENGTH = 6, N_LETTERS = 4 };

typedef struct sequence {
    uint64_t n;
    int64_t time[16];
    uint8_t kind[16];
} sequence;

typedef struct search {
    const td_steps *steps;
    const sequence *s;
    uint64_t chosen[TD_MAX_STEPS];
    uint32_t longest;
    int64_t best_end;   /* of the longest: the earliest end, */
    int64_t best_start; /* and of those the latest start */
} search;

static int is_allowed(const search *o, uint32_t length, uint64_t e) {
    const td_steps *steps = o->steps;
    const int64_t *time = o->s->time;
    if (o->s->kind[e] != steps->kind[length]) return 0;
    if (length == 0) return 1;
    int64_t before = time[o->chosen[length - 1]];
    if (time[e] < before) return 0;
    if (steps->modes & TD_STRICT_INCREASE && time[e] == before) return 0;
    if (time[e] - time[o->chosen[0]] > steps->window_ms) return 0;
    for (uint32_t i = 0; steps->modes & TD_STRICT_ONCE && i < length; i++) {
        if (o->chosen[i] == e) return 0;
    }
    return 1;
}

/* All ways to go on from `length` chosen events. */
static void try_all(search *o, uint32_t length) {
    const int64_t *time = o->s->time;
    if (length > 0) {
        int64_t start = time[o->chosen[0]];
        int64_t end = time[o->chosen[length - 1]];
        if (length > o->longest || (length == o->longest && end < o->best_end) ||
            (length == o->longest && end == o->best_end && start > o->best_start)) {
            o->longest = length;
            o->best_end = end;
            o->best_start = start;
        }
    }
    if (length == o->steps->n) return;
    for (uint64_t e = 0; e < o->s->n; e++) {
        if (!is_allowed(o, length, e)) continue;
        o->chosen[length] = e;
        try_all(o, length + 1);
    }
}

static search best_of(const td_steps *steps, const sequence *s) {
    search o = {.steps = steps, .s = s};
    try_all(&o, 0);
    return o;
}

static int serves(const td_steps *steps, uint8_t kind, uint32_t step) {
    return step >= 1 && step <= steps->n && steps->kind[step - 1] == kind;
}

static uint32_t first_served(const td_steps *steps, uint8_t kind) {
    for (uint32_t step = 1; step <= steps->n; step++) {
        if (serves(steps, kind, step)) return step;
    }
    return steps->n + 1;
}

/* Equal times in the order of the steps served. */
static sequence in_reading_order(const td_steps *steps, const sequence *s) {
    sequence out = *s;
    for (uint64_t i = 1; i < out.n; i++) {
        for (uint64_t j = i;
             j > 0 && out.time[j] == out.time[j - 1] &&
             first_served(steps, out.kind[j]) < first_served(steps, out.kind[j - 1]);
             j--) {
            uint8_t kind = out.kind[j];
            out.kind[j] = out.kind[j - 1];
            out.kind[j - 1] = kind;
        }
    }
    return out;
}

/* What of the sequence counts under the modes that end the reading. */
static sequence read_part(const td_steps *steps, const sequence *whole) {
    sequence s = in_reading_order(steps, whole);
    sequence out = {.n = 0};
    for (uint64_t e = 0; e < s.n; e++) {
        uint32_t level = best_of(steps, &out).longest;
        if (level == steps->n) break;
        uint8_t kind = s.kind[e];
        int is_next = serves(steps, kind, level + 1);
        if (level >= 1 && !is_next) {
            int is_repeat = 0;
            for (uint32_t i = 2; i <= level; i++) is_repeat |= serves(steps, kind, i);
            if (steps->modes & TD_STRICT_ORDER && !serves(steps, kind, level)) {
                if (!(steps->modes & TD_ALLOW_REENTRY) || !serves(steps, kind, 1)) break;
                continue;
            }
            if (steps->modes & TD_STRICT_DEDUP && is_repeat) break;
        }
        out.time[out.n] = s.time[e];
        out.kind[out.n++] = kind;
    }
    return out;
}

/* The walk's answer to the whole sequence is the search's to the part that counts. */
static int is_right(const td_steps *steps, const sequence *s) {
    int ends_reading = steps->modes & (TD_STRICT_ORDER | TD_STRICT_DEDUP);
    sequence part = ends_reading ? read_part(steps, s) : *s;
    search expected = best_of(steps, &part);
    td_step_path path;
    td_steps_walk(&path, steps, s->time, s->kind, s->n);
    if (path.level != expected.longest) return 0;
    if (path.level == 0) return 1;
    int is_end_right = path.time[path.level - 1] == expected.best_end;
    if (ends_reading) return is_end_right; /* reading may stop between events of one time */
    return is_end_right && path.time[0] == expected.best_start &&
           s->kind[path.entry] == steps->kind[0] && s->time[path.entry] == path.time[0] &&
           s->time[path.last] == expected.best_end;
}

static void check(const td_steps *steps, const sequence *s) {
    if (is_right(steps, s)) return;
    char text[128] = "";
    size_t used = 0;
    for (uint64_t i = 0; i < s->n; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%c@%d ", 'a' + s->kind[i],
                                 (int)s->time[i]);
    }
    td_step_path path;
    td_steps_walk(&path, steps, s->time, s->kind, s->n);
    cr_assert_fail("events %s, steps %d%d%d, modes %d, window %lld: level %u", text, steps->kind[0],
                   steps->kind[1], steps->kind[2], steps->modes, (long long)steps->window_ms,
                   path.level);
}

/* Word number `code` of n letters, times by the bits of `rises`. */
static sequence word(uint64_t n, uint64_t code, uint64_t rises) {
    sequence s = {.n = n};
    for (uint64_t i = 0; i < n; i++) {
        s.kind[i] = (uint8_t)(code % N_LETTERS);
        code /= N_LETTERS;
        s.time[i] = i == 0 ? 0 : s.time[i - 1] + (int64_t)(rises >> (i - 1) & 1);
    }
    return s;
}

static void check_all_words(const td_steps *steps) {
    uint64_t n_words = 1;
    for (uint64_t n = 0; n <= LENGTH; n++, n_words *= N_LETTERS) {
        uint64_t n_rises = UINT64_C(1) << (n > 0 ? n - 1 : 0);
        for (uint64_t code = 0; code < n_words; code++) {
            for (uint64_t rises = 0; rises < n_rises; rises++) {
                sequence s = word(n, code, rises);
                check(steps, &s);
            }
        }
    }
}

static const int MODES[] = {
    0,
    TD_STRICT_INCREASE,
    TD_STRICT_ONCE,
    TD_STRICT_ORDER,
    TD_STRICT_DEDUP,
    TD_STRICT_ORDER | TD_ALLOW_REENTRY,
    TD_STRICT_ORDER | TD_STRICT_DEDUP,
    TD_STRICT_ORDER | TD_STRICT_DEDUP | TD_ALLOW_REENTRY,
    TD_STRICT_ORDER | TD_STRICT_INCREASE,
    TD_STRICT_ORDER | TD_STRICT_ONCE | TD_ALLOW_REENTRY,
    TD_STRICT_DEDUP | TD_STRICT_ONCE,
    TD_STRICT_INCREASE | TD_STRICT_DEDUP,
};

static void check_steps(const uint8_t kind[3], int64_t window) {
    for (size_t m = 0; m < sizeof MODES / sizeof *MODES; m++) {
        td_steps steps = {.n = 3, .window_ms = window, .modes = MODES[m]};
        memcpy(steps.kind, kind, 3);
        check_all_words(&steps);
    }
}

Test(oracle_steps, every_short_sequence_of_three_different_steps) {
    check_steps((const uint8_t[]){0, 1, 2}, TD_NO_WINDOW);
}

Test(oracle_steps, every_short_sequence_within_a_window) {
    check_steps((const uint8_t[]){0, 1, 2}, 1);
}

Test(oracle_steps, every_short_sequence_of_steps_that_ask_for_one_kind_twice) {
    check_steps((const uint8_t[]){0, 1, 0}, 2);
    check_steps((const uint8_t[]){0, 0, 1}, TD_NO_WINDOW);
}

Test(oracle_steps, long_random_sequences_of_four_steps) {
    uint64_t state = 5;
    for (int round = 0; round < 20000; round++) {
        td_steps steps = {.n = 4,
                          .window_ms = (int64_t)(td_test_random(&state) % 6),
                          .modes = MODES[td_test_random(&state) % (sizeof MODES / sizeof *MODES)]};
        for (int i = 0; i < 4; i++) steps.kind[i] = (uint8_t)(td_test_random(&state) % 3);
        sequence s = {.n = 9};
        for (uint64_t i = 0; i < s.n; i++) {
            s.kind[i] = (uint8_t)(td_test_random(&state) % N_LETTERS);
            s.time[i] = (i > 0 ? s.time[i - 1] : 0) + (int64_t)(td_test_random(&state) % 3 == 0);
        }
        check(&steps, &s);
    }
}
