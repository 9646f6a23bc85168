/* cli/funnel_steps.h: `tundish funnel --steps ...`: any ordered steps, counted, grouped, timed. */
#ifndef TD_CLI_FUNNEL_STEPS_H
#define TD_CLI_FUNNEL_STEPS_H

#include "cli/report_text.h"
#include "cli/shop.h"
#include "core/steps_groups.h"
#include "stats/survival.h"

/* Values of the options, as given. */
typedef struct td_path_options {
    const char *steps;  /* "view,addtocart,transaction"; NULL = no paths are asked for */
    const char *window; /* "none", "30m", "1d" */
    const char *mode;   /* names of modes, joined by commas; NULL = none */
    const char *unit;   /* "visitor", "session" */
    const char *by;     /* names of groups, joined by commas; NULL = none */
    const char *touch;  /* "entry", "first", "last" */
    double level;       /* of the intervals */
} td_path_options;

/* Waiting for step `to` since step `from`, both from 1. */
typedef struct td_path_wait {
    uint32_t from, to;
    td_survival survival;
} td_path_wait;

/* Everything that is reported. */
typedef struct td_paths {
    td_steps steps;
    td_step_touch touch;
    double level;
    td_step_table table;
    td_step_breakdown total; /* one group */
    uint32_t n_by;
    td_steps_by by[TD_N_STEPS_BY];
    td_step_breakdown breakdown[TD_N_STEPS_BY]; /* [n_by] */
    uint32_t n_waits;
    td_path_wait wait[TD_MAX_STEPS]; /* each step since the one before; last the whole way */
} td_paths;

void td_paths_free(td_paths *paths);

/* What the words mean. TD_ERR_ARG names a word that is unknown, with the nearest known one. Sets
 * all but the tables. */
td_status td_paths_parse(td_paths *out, const td_path_options *options, td_error *err) TD_MUST_USE;

/* 1 when a group needs the catalog. */
int td_paths_need_catalog(const td_paths *paths);

/* Walk, count and time the shop's units, whose sessions are cut. *paths owned in any case*. */
td_status td_paths_build(td_paths *paths, const td_shop *shop, const td_exec *exec,
                         td_error *err) TD_MUST_USE;

/* The key "paths" of the open JSON object; tables on stdout (funnel_steps_report.c). */
void td_paths_json(td_json *json, const td_paths *paths);
void td_paths_print(const td_paths *paths);

#endif
