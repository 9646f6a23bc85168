/* cli/assign.h: what the parts of `tundish assign` share: options, units, the plan, its audit. */
#ifndef TD_CLI_ASSIGN_H
#define TD_CLI_ASSIGN_H

#include "cli/cmd.h"
#include "cli/data_groups.h"
#include "cli/report_text.h"
#include "cli/shop.h"
#include "stats/assign.h"
#include "stats/proportion.h"

typedef struct td_assign_options {
    td_cleaning cleaning;
    const char *id, *salt, *arms, *weights, *out, *stratum, *balance, *group, *slots;
    const char *earlier, *earlier_column, *audit, *delimiter;
    double accept;
    int64_t max_tries, gap_s;
} td_assign_options;

enum { TD_ASSIGN_EARLIER = 16 };

/* Visitors, from a table or a shop's log (assign_units.c). */
typedef struct td_assign_units {
    td_data data; /* the table; empty for a shop */
    td_ids ids;
    td_arena arena;   /* of ids and a shop's covariates */
    td_groups strata; /* of --stratum */
    td_covariates covariates;
    const double *column[TD_ASSIGN_COVARIATES];
    const char *name[TD_ASSIGN_COVARIATES];
} td_assign_units;

typedef struct td_assignment {
    const td_assign_options *options;
    td_assign_units units;
    td_arm_weights arms;
    double weight[TD_ASSIGN_ARMS];
    const char *name[TD_ASSIGN_ARMS];
    uint32_t *arm;  /* [n] */
    double *point;  /* [n] */
    char salt[256]; /* the one that was accepted */
    int64_t n_tries;
    uint64_t size[TD_ASSIGN_ARMS], n_outside;
    td_srm srm;
    int has_balance;
    td_balance balance;
    double threshold; /* of the distance; NaN: the first salt was taken */
    const char *earlier[TD_ASSIGN_EARLIER];
    td_crosstab *cross; /* [n_earlier] */
    uint32_t n_earlier;
} td_assignment;

/* Ids, strata and covariates of cli->path[0], a CSV or a shop folder. Errors name file, line,
 * column. *out owned*, td_assign_units_free. */
td_status td_assign_read(td_assign_units *out, const td_assign_options *options, const td_cli *cli,
                         td_error *err) TD_MUST_USE;
void td_assign_units_free(td_assign_units *units);

/* Arms of an existing column as codes of plan->name, for --audit; *owned* by the plan's arena. */
td_status td_assign_read_arms(td_assignment *plan, const char *column, uint32_t *arm,
                              td_error *err) TD_MUST_USE;

/* Make the split that the options ask for, or read the one to be checked, and audit it
 * (assign_plan.c). The caller frees plan->units. */
td_status td_assign_plan(td_assignment *plan, const td_cli *cli, td_error *err) TD_MUST_USE;

void td_assign_print(const td_assignment *plan);
void td_assign_fill_json(td_json *json, const void *plan);
td_status td_assign_write(const td_assignment *plan, td_error *err) TD_MUST_USE;

#endif
