/* datasets/synth.h: a synthetic shop whose true purchase probabilities are known.
 *
 * Writes the files of a RetailRocket shop (events.csv, both item_properties parts,
 * category_tree.csv) and beside them truth/sessions.csv, which holds for every session what no real
 * log can: the probability of a purchase after the decision without and with treatment, both
 * outcomes and the arm. The law stands with its formulas in datasets/README.md. One (preset, scale,
 * seed) gives the same bytes on any machine and for any number of threads. */
#ifndef TD_DATASETS_SYNTH_H
#define TD_DATASETS_SYNTH_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/events.h"

typedef enum td_synth_preset {
    TD_SYNTH_DEMO,        /* about 60,000 events, purchases twice as frequent */
    TD_SYNTH_RETAILROCKET /* the size and the published marginals of the RetailRocket log */
} td_synth_preset;

typedef enum td_synth_properties {
    TD_SYNTH_PROPERTIES_NONE,  /* no item_properties files */
    TD_SYNTH_PROPERTIES_LIGHT, /* categoryid, available and 790 (price) of the items for sale */
    TD_SYNTH_PROPERTIES_FULL   /* the size of the original: hashed names, numbers and texts too */
} td_synth_properties;

typedef struct td_synth_params {
    td_synth_preset preset;
    td_synth_properties properties;
    double scale; /* 0.001 .. 100: visitors and items relative to the preset */
    uint64_t seed;
} td_synth_params;

/* Scale 1, seed 1, light properties. */
td_synth_params td_synth_params_default(td_synth_preset preset);

/* By name: "demo", "retailrocket"; "none", "light", "full". TD_ERR_ARG lists the names. */
td_status td_synth_preset_find(td_synth_preset *out, const char *name, td_error *err) TD_MUST_USE;
td_status td_synth_properties_find(td_synth_properties *out, const char *name,
                                   td_error *err) TD_MUST_USE;

/* What was made. Events are counted without exact copies, as `kpi` counts them. */
typedef struct td_synth_summary {
    uint64_t n_rows;               /* data rows of events.csv, exact copies included */
    uint64_t n_duplicates;         /* exact copies among them */
    uint64_t n_events[TD_N_KINDS]; /* distinct events by kind */
    uint64_t n_visitors;
    uint64_t n_items; /* distinct items in events.csv */
    uint64_t n_sessions;
    uint64_t n_orders;              /* distinct transaction ids */
    uint64_t n_category_known;      /* distinct events whose item has a category as of then */
    uint64_t n_availability_known;  /* likewise an availability */
    uint64_t n_property_rows;       /* data rows written to both item_properties parts */
    uint64_t n_categories;          /* data rows of category_tree.csv */
    uint64_t n_population;          /* sessions that are scored: neither censored nor with a
                                      transaction at or before the decision */
    uint64_t n_positives;           /* of them: y0 = 1 */
    double mean_p0;                 /* over the population */
    double mean_p1;                 /* the same with treatment */
    double share_negative_effect;   /* of the population: p1 < p0 */
    double truth_auc;               /* ROC AUC of p0 for y0 on the population, NaN when undefined */
    double truth_average_precision; /* likewise */
} td_synth_summary;

/* One session of the truth, in the order (visitor, start). Probabilities are whole billionths, so
 * that nine decimals write them exactly. */
typedef struct td_synth_session {
    int64_t start; /* ms since 1970 UTC, the first event */
    int64_t end;   /* ms, the last event */
    uint32_t visitor;
    uint32_t p0; /* 1e-9: purchase after the decision, untreated; 0 with has_early_purchase */
    uint32_t p1; /* 1e-9: the same, treated */
    uint8_t y0;  /* outcome in the untreated world: the one of events.csv */
    uint8_t y1;  /* outcome had the visitor been treated */
    uint8_t arm; /* 1 = the visitor's coin says treatment */
    uint8_t has_early_purchase; /* a transaction at or before the decision */
    uint8_t is_censored;        /* end + 30 min > last event of the log */
} td_synth_session;

typedef struct td_synth_shop td_synth_shop; /* opaque: one shop in memory */

/* Draw visitors, sessions and events into memory (24 bytes an event, twice that while they are
 * joined, 40 a session). *out owned*, td_synth_free. TD_ERR_RANGE for an impossible scale.
 * O(events). */
td_status td_synth_build(td_synth_shop **out, const td_synth_params *params, const td_exec *exec,
                         td_error *err) TD_MUST_USE;
void td_synth_free(td_synth_shop *shop); /* NULL allowed */

/* The truth, borrowed: *n sessions by (visitor, start). */
const td_synth_session *td_synth_sessions(const td_synth_shop *shop, uint64_t *n);

/* The rows of events.csv in file order, exact copies included, without a file. *out owned*. */
td_status td_synth_raw_events(td_raw_events *out, const td_synth_shop *shop,
                              td_error *err) TD_MUST_USE;

/* Count and measure; n_property_rows is 0. O(events). */
td_status td_synth_summarize(td_synth_summary *out, const td_synth_shop *shop, const td_exec *exec,
                             td_error *err) TD_MUST_USE;

/* Write events.csv, item_properties_part1.csv and _part2.csv (unless properties are none),
 * category_tree.csv and truth/sessions.csv below `folder`, which is made if needed; files of these
 * names are replaced. `summary` may be NULL. */
td_status td_synth_write(td_synth_summary *summary, const td_synth_shop *shop, const char *folder,
                         const td_exec *exec, td_error *err) TD_MUST_USE;

/* Build, write, free: what `tundish generate` calls. */
td_status td_synth_generate(td_synth_summary *summary, const td_synth_params *params,
                            const char *folder, const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
