/* cli/cmd_uplift_evaluate.c: `tundish uplift evaluate`: how well scores rank rows by uplift.
 *
 *     $ tundish uplift evaluate --data rct.csv --treatment treated --outcome bought --score tau
 *
 *   1. Read the table; treatment, outcome and scores of the two arms (uplift_scores.c), of several
 *      arms each against the control (uplift_arms.c); 2 and 3 for each.
 *   2. stats/uplift_assessment sorts each score once and measures: Qini and AUUC in the dialects
 *      of four systems, uplift at K, tenths, the noise floor, paired bootstrap, differences.
 *   3. Print (uplift_text.c), write the JSON object (uplift_json.c), draw --figures.
 *
 * JSON: rows, treated, control, left_out, outcome, mean_treated, mean_control, overall_uplift,
 * propensity, uncertainty, then of the first score qini, auuc, weighted_average_uplift, uplift_at,
 * deciles, curve, balance; scores [{name, the same}]; comparisons [{first, second, qini, auuc}]. Of
 * several arms: arms [{arm, against, the same}]. */
#include <stdio.h>
#include <string.h>

#include "cli/uplift_arms.h"
#include "cli/uplift_evaluate_options.h"
#include "cli/uplift_figures.h"
#include "cli/uplift_report.h"
#include "core/base/mem.h"
#include "stats/bootstrap.h"

typedef td_uplift_evaluate_options options;

/* An arm against the control. */
typedef struct pair {
    td_uplift_scores scores;
    td_uplift_assessment assessment;
    td_uplift_report report;
} pair;

typedef struct work {
    const options *o;
    td_uplift_arms arms; /* empty with two arms */
    pair *pair;          /* [n] */
    uint32_t n;
    td_uplift_cuts cuts;
    td_arena arena;
} work;

/* One arm: the report's own keys. Several: an object with them for each. */
static void fill_json(td_json *json, const void *ctx) {
    const work *w = ctx;
    if (w->arms.n == 0) {
        td_json_uplift_report(json, &w->pair[0].report);
        return;
    }
    td_json_array(json, "arms");
    for (uint32_t a = 0; a < w->n; a++) {
        td_json_object(json, NULL);
        td_json_text(json, "arm", w->arms.name[a]);
        td_json_text(json, "against", w->arms.control);
        td_json_uplift_report(json, &w->pair[a].report);
        td_json_end(json);
    }
    td_json_end(json);
}

static void print(const work *w) {
    for (uint32_t a = 0; a < w->n; a++) {
        if (w->arms.n > 0) {
            printf("%s==== %s against %s ====\n\n", a > 0 ? "\n" : "", w->arms.name[a],
                   w->arms.control);
        }
        td_print_uplift_report(&w->pair[a].report);
    }
}

/* Into the folder; of several arms each into one of its own, numbered as in --arms, because a value
 * of the treatment may be no name of a folder. */
static td_status draw(const work *w, td_error *err) {
    for (uint32_t a = 0; w->o->figures != NULL && a < w->n; a++) {
        char name[32], folder[4096];
        snprintf(name, sizeof name, "arm_%u", a + 1);
        TD_TRY(td_path_join(folder, sizeof folder, w->o->figures, name, err));
        const char *own = w->arms.n > 0 ? folder : w->o->figures;
        TD_TRY(td_uplift_figures_write(own, &w->pair[a].report, err));
    }
    return TD_OK;
}

/* Rows and scores of every pair. */
static td_status read_pairs(work *w, const td_cli *cli, td_error *err) {
    td_uplift_score_columns columns = w->o->columns;
    columns.max_arms = 2;
    int are_several = td_uplift_arms_are_several(columns.arms);
    if (are_several) TD_TRY(td_uplift_arms_read(&w->arms, &columns, &w->o->format, cli, err));
    uint32_t n = are_several ? w->arms.n : 1;
    TD_NEW_ZEROED(w->pair, n, err);
    w->n = n;
    if (!are_several)
        return td_uplift_scores_read(&w->pair[0].scores, &columns, &w->o->format, cli, err);
    for (uint32_t a = 0; a < n; a++) {
        TD_TRY(td_uplift_scores_of(&w->pair[a].scores, &w->arms.data, &w->arms.pair[a], cli, err));
    }
    return TD_OK;
}

static td_status assess(pair *p, const work *w, const td_cli *cli, td_error *err) {
    const options *o = w->o;
    td_uplift_request request = {.seed = cli->seed, .level = o->level, .cuts = w->cuts};
    request.rows = td_uplift_scores_view(&p->scores);
    request.clusters = (td_uplift_clusters){p->scores.cluster, p->scores.n_clusters};
    request.n_replicates =
        o->replicates < 0 ? td_default_replicates(p->scores.n) : (uint32_t)o->replicates;
    p->report = (td_uplift_report){.assessment = &p->assessment,
                                   .name = p->scores.name,
                                   .outcome = o->columns.outcome,
                                   .cluster = o->columns.cluster,
                                   .n_left_out = p->scores.n_left_out};
    return td_data_blame(&p->scores.data,
                         td_uplift_assessment_build(&p->assessment, &request, &cli->exec, err),
                         err);
}

static td_status run(work *w, const td_cli *cli, td_error *err) {
    int64_t replicates = w->o->replicates;
    TD_CHECK(replicates <= 0 || replicates >= TD_MIN_UPLIFT_REPLICATES, err, TD_ERR_ARG,
             "--replicates: %lld draws say nothing, use 0 or at least %d", (long long)replicates,
             TD_MIN_UPLIFT_REPLICATES);
    TD_TRY(read_pairs(w, cli, err));
    TD_TRY(td_uplift_cuts_read(&w->cuts, w->o->k, &w->arena, err));
    for (uint32_t a = 0; a < w->n; a++) TD_TRY(assess(&w->pair[a], w, cli, err));
    TD_TRY(draw(w, err));
    TD_TRY(td_cli_write_json(cli, fill_json, w, err));
    if (td_cli_has_text(cli, NULL)) print(w);
    return TD_OK;
}

td_status td_cmd_uplift_evaluate(const td_cli *cli, const void *given, td_error *err) {
    work w = {.o = given};
    td_status status = run(&w, cli, err);
    for (uint32_t a = 0; a < w.n; a++) {
        td_uplift_assessment_free(&w.pair[a].assessment);
        td_uplift_scores_free(&w.pair[a].scores);
    }
    td_mem_free(w.pair);
    td_uplift_arms_free(&w.arms);
    td_arena_free(&w.arena);
    return status;
}
