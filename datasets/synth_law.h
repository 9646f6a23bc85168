/* datasets/synth_law.h: the law of the synthetic shop: who buys after the decision, and what a
 * treatment changes.
 *
 * Everything a probability depends on stands in td_synth_state, and everything in td_synth_state
 * can be read from the shop's files with times at or before the decision. */
#ifndef TD_DATASETS_SYNTH_LAW_H
#define TD_DATASETS_SYNTH_LAW_H

#include <stdint.h>

#include "datasets/synth_catalog.h"

/* What is known, as of the decision, of the distinct items that a session has met so far: sums, so
 * that the law sees means over the items for which a value is known. */
typedef struct td_synth_basket {
    uint32_t n;             /* distinct items */
    uint32_t n_listed;      /* of them with known price and stock */
    uint32_t n_categorised; /* of them with a known category */
    uint32_t n_available;
    uint32_t sum_depth;      /* of their categories, edges up to the root */
    uint32_t sum_popularity; /* of their bands, 0 .. 2 */
    uint64_t sum_price;      /* thousandths */
    double sum_root_effect;  /* of their top-level categories, see td_synth_basket_add */
} td_synth_basket;

/* What is known of a session at its decision (session start + 300 s). */
typedef struct td_synth_state {
    uint32_t n_views; /* of the session, at or before the decision */
    uint32_t n_carts;
    uint32_t n_repeat_views;     /* views of an item that this session had viewed before */
    uint32_t last_seconds;       /* start to last known event, 0 .. 300, whole seconds */
    uint32_t n_sessions_before;  /* of the visitor, before this session */
    uint32_t n_carts_before;     /* addtocart events in them */
    uint32_t n_purchases_before; /* transaction rows in them */
    int64_t ms_since_last;       /* end of the previous session to this start; -1 = first session */
    int64_t decision;            /* ms since 1970 UTC */
    td_synth_basket items;       /* the distinct items of the session so far */
} td_synth_state;

/* Probabilities in billionths. */
typedef struct td_synth_chance {
    uint32_t p0; /* untreated */
    uint32_t p1; /* treated */
} td_synth_chance;

/* Count one more distinct item as of time (the decision). */
void td_synth_basket_add(td_synth_basket *basket, const td_synth_catalog *catalog, uint32_t rank,
                         int64_t time);

/* The law at a state: p = 1 / (1 + exp(-logit)), the logits as in datasets/README.md; `shift` moves
 * the log-odds of every session (a preset's base rate). */
td_synth_chance td_synth_law(const td_synth_state *state, double shift);

/* Hour of day 0 .. 23 and day of week 0 = Monday .. 6 of a time, UTC. */
uint32_t td_synth_hour(int64_t time);
uint32_t td_synth_weekday(int64_t time);

#endif
