/* cli/audit_lessons.c: `tundish audit leaks --demo`: what a leak looks like.
 *
 *   1. The demo shop is made in a temporary folder and read back.
 *   2. The run's trainer learns from the honest features: ROC AUC on test.
 *   3. For each of the four planted leaks (cli/leak_lessons.c) it learns from the honest features
 *      and the leaking column: the AUC that the leak fakes.
 *   4. The audit goes over each of these tables and says which column it would name.
 *
 * Fails when the audit misses a leak or names an honest feature. docs/lessons/leaks.md explains the
 * output. JSON: honest {roc_auc, named}, lessons [{name, mistake, roc_auc, faked, truncation,
 * poison, named}]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/audit_leaks.h"
#include "cli/leak_lessons.h"
#include "core/base/mem.h"
#include "datasets/synth.h"
#include "stats/ranking.h"

/* What a table with or without a leak came to. */
typedef struct outcome {
    double auc;                           /* on test */
    uint64_t n_sessions[TD_N_LEAK_TESTS]; /* changed in the leaking column */
    uint32_t n_named;                     /* columns the audit names */
    char named[64];                       /* the first of them */
} outcome;

typedef struct work {
    const td_cli *cli;
    const td_run_options *options;
    td_shop shop;
    td_scored scored; /* population, split and honest features */
    outcome honest;
    outcome lesson[TD_N_LEAK_LESSONS];
} work;

/* ROC AUC on test of the run's trees, learned from this table. */
static td_status learn(double *auc, const work *w, const td_feature_set *set, td_error *err) {
    td_run *shell = td_mem_zeroed(1, sizeof *shell, err);
    if (shell == NULL) return TD_ERR_NOMEM;
    shell->cli = w->cli;
    shell->options = w->options;
    shell->params = w->options->params;
    shell->scored = (td_scored){.set = *set, .split = w->scored.split}; /* borrowed */
    td_matrix test = {0};
    td_ranking ranking = {0};
    double *score = NULL;
    td_status status = td_run_fit(shell, err);
    if (status == TD_OK) status = td_run_take_part(&test, shell, TD_TEST, err);
    if (status == TD_OK) {
        score = td_mem_array(test.view.n_rows, sizeof *score, err);
        if (score == NULL) status = TD_ERR_NOMEM;
    }
    if (status == TD_OK) {
        status = td_predict(score, shell->trees[TD_RUN_PRIMARY], &test.view, TD_SCORE_RAW,
                            &w->cli->exec, err);
    }
    if (status == TD_OK) {
        status =
            td_ranking_build(&ranking, score, test.label, test.view.n_rows, &w->cli->exec, err);
    }
    if (status == TD_OK) *auc = td_ranking_auc(&ranking).value;
    td_ranking_free(&ranking);
    td_mem_free(score);
    td_matrix_free(&test);
    memset(&shell->scored, 0, sizeof shell->scored); /* given back to its owner */
    td_run_free(shell);
    td_mem_free(shell);
    return status;
}

static void note_named(outcome *out, const td_leak_audit *audit) {
    out->n_named = audit->n_leaking;
    for (uint32_t c = 0; c < audit->n_columns; c++) {
        const td_leak_column *column = &audit->column[c];
        uint64_t n = 0;
        for (int test = 0; test < TD_N_LEAK_TESTS; test++) {
            n += column->found[test].n;
            out->n_sessions[test] += column->found[test].n;
        }
        if (n > 0 && out->named[0] == '\0') {
            snprintf(out->named, sizeof out->named, "%s", column->name);
        }
    }
}

static td_status audit(outcome *out, const td_leak_source *source, const td_exec *exec,
                       td_error *err) {
    int64_t *cut = NULL;
    uint64_t n_cuts = 0;
    td_leak_audit found;
    TD_TRY(td_leak_cuts(&cut, &n_cuts, source, TD_LEAK_DEFAULT_CUTS, err));
    td_status status = td_leak_audit_build(&found, source, cut, n_cuts, exec, err);
    td_mem_free(cut);
    TD_TRY(status);
    note_named(out, &found);
    td_leak_audit_free(&found);
    return TD_OK;
}

/* Steps 2 to 4 for one engine. */
static td_status teach(outcome *out, const work *w, td_feature_engine_fn engine, td_error *err) {
    const td_exec *exec = &w->cli->exec;
    td_feature_set set;
    td_leak_source source = {.inputs = {.events = &w->shop.log.events,
                                        .sessions = &w->shop.sessions,
                                        .catalog = &w->shop.catalog,
                                        .population = &w->scored.population},
                             .set = &set,
                             .engine = engine,
                             .seed = w->cli->seed};
    TD_TRY(engine(&set, &source.inputs, exec, err));
    td_status status = learn(&out->auc, w, &set, err);
    if (status == TD_OK) status = audit(out, &source, exec, err);
    td_feature_set_free(&set);
    return status;
}

static void fill_json(td_json *json, const void *ctx) {
    const work *w = ctx;
    td_json_object(json, "honest");
    td_json_f64(json, "roc_auc", w->honest.auc);
    td_json_u64(json, "named", w->honest.n_named);
    td_json_end(json);
    td_json_array(json, "lessons");
    for (int i = 0; i < TD_N_LEAK_LESSONS; i++) {
        const outcome *out = &w->lesson[i];
        td_json_object(json, NULL);
        td_json_text(json, "name", td_leak_lessons[i].name);
        td_json_text(json, "mistake", td_leak_lessons[i].mistake);
        td_json_f64(json, "roc_auc", out->auc);
        td_json_f64(json, "faked", out->auc - w->honest.auc);
        td_json_u64(json, "truncation", out->n_sessions[TD_LEAK_TRUNCATION]);
        td_json_u64(json, "poison", out->n_sessions[TD_LEAK_POISON]);
        td_json_text(json, "named", out->named);
        td_json_end(json);
    }
    td_json_end(json);
}

static void print_row(td_grid *grid, const char *name, const outcome *out, double honest) {
    td_grid_cell(grid, "%s", name);
    td_grid_cell(grid, "%.4f", out->auc);
    td_grid_cell(grid, "%+.4f", out->auc - honest);
    td_grid_count(grid, out->n_sessions[TD_LEAK_TRUNCATION]);
    td_grid_count(grid, out->n_sessions[TD_LEAK_POISON]);
    td_grid_cell(grid, "%s", out->n_named > 0 ? out->named : "nothing");
}

static void print_text(const work *w) {
    static const char *const heads[] = {"table",      "AUC on test", "faked",
                                        "truncation", "poison",      "the audit names"};
    td_grid grid;
    td_grid_open(&grid, "lrrrrl");
    for (int i = 0; i < 6; i++) td_grid_cell(&grid, "%s", heads[i]);
    print_row(&grid, "honest features", &w->honest, w->honest.auc);
    for (int i = 0; i < TD_N_LEAK_LESSONS; i++) {
        print_row(&grid, td_leak_lessons[i].name, &w->lesson[i], w->honest.auc);
    }
    td_grid_print(&grid, 0);
    putchar('\n');
    for (int i = 0; i < TD_N_LEAK_LESSONS; i++) {
        printf("%s: %s\n", td_leak_lessons[i].name, td_leak_lessons[i].mistake);
    }
    printf("\ntruncation, poison: sessions whose value changes at %d cuts. docs/lessons/leaks.md "
           "explains each.\n",
           TD_LEAK_DEFAULT_CUTS);
}

/* The lesson is worth something only if the audit is right in all five cases. */
static td_status check(const work *w, td_error *err) {
    TD_CHECK(w->honest.n_named == 0, err, TD_ERR_INTERNAL, "the audit names the honest feature %s",
             w->honest.named);
    for (int i = 0; i < TD_N_LEAK_LESSONS; i++) {
        const outcome *out = &w->lesson[i];
        TD_CHECK(out->n_named == 1 && strcmp(out->named, td_leak_lessons[i].name) == 0, err,
                 TD_ERR_INTERNAL,
                 "the audit names %u columns for the planted %s, the first is '%s'", out->n_named,
                 td_leak_lessons[i].name, out->named);
    }
    return TD_OK;
}

static td_status run(work *w, const char *folder, td_error *err) {
    td_synth_params params = td_synth_params_default(TD_SYNTH_DEMO);
    params.seed = w->cli->seed;
    const td_scoring *scoring = &w->options->scoring;
    const td_exec *exec = &w->cli->exec;
    TD_TRY(td_synth_generate(NULL, &params, folder, exec, err));
    TD_TRY(td_scoring_open(&w->shop, folder, scoring, exec, err));
    TD_TRY(td_scoring_build(&w->scored, &w->shop, scoring, exec, err));
    TD_TRY(teach(&w->honest, w, td_features_build, err));
    for (int i = 0; i < TD_N_LEAK_LESSONS; i++) {
        TD_TRY(teach(&w->lesson[i], w, td_leak_lessons[i].engine, err));
    }
    TD_TRY(td_cli_write_json(w->cli, fill_json, w, err));
    if (td_cli_has_text(w->cli, NULL)) print_text(w);
    return check(w, err);
}

td_status td_audit_lessons(const td_cli *cli, const td_run_options *options, td_error *err) {
    const char *base = getenv("TMPDIR");
    char folder[4096];
    int n = snprintf(folder, sizeof folder, "%s/tundish_lessons.%ld", base != NULL ? base : "/tmp",
                     (long)getpid());
    TD_CHECK(n > 0 && (size_t)n < sizeof folder, err, TD_ERR_RANGE, "TMPDIR: path too long");
    TD_CHECK(!td_path_exists(folder), err, TD_ERR_IO, "%s exists", folder);
    work *w = td_mem_zeroed(1, sizeof *w, err);
    if (w == NULL) return TD_ERR_NOMEM;
    w->cli = cli;
    w->options = options;
    td_status status = run(w, folder, err);
    td_scored_free(&w->scored);
    td_shop_free(&w->shop);
    td_mem_free(w);
    td_status removed = td_path_remove(folder, status == TD_OK ? err : NULL);
    return status != TD_OK ? status : removed;
}
