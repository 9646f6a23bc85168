/* bench/support/study.c: simulate a study twice and compare with what its methods promise.
 *
 *   1. Run i of a study draws from stream (seed, title, i), so that neither threads nor the choice
 *      of tables change a figure. The pass with an effect jumps 2^40 draws ahead in the same
 *      stream: two passes share no numbers.
 *   2. A method's percentage counts only the runs in which it was asked.
 *   3. slack = 2 sqrt(.05 * .95 / runs): two standard errors of a share that is 5 % in truth, in
 *      points. */
#include "bench/support/study.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/support/tools.h"
#include "core/base/numeric.h"
#include "core/base/par.h"

/* From one success to the next: gaps are geometric, floor(-E / log(1 - p)) + 1 with E exponential
 * (Devroye, Non-Uniform Random Variate Generation, 1986, X.2). */
uint64_t study_draw_count(td_rng *rng, uint64_t n, double p) {
    double each = td_log1p(-p), at = 0;
    for (uint64_t x = 0;; x++) {
        at += floor(-td_rng_exponential(rng) / each) + 1.0;
        if (at > (double)n) return x;
    }
}

void study_note(outcome *out, int m, td_interval ci, double truth) {
    if (td_interval_is_defined(ci)) out->holds[m] = ci.low <= truth && truth <= ci.high;
}

void study_note_p(outcome *out, int m, td_metric p) {
    out->rejects[m] = td_metric_is_defined(p) && p.value <= ALPHA;
}

static td_status one_run(void *ctx, td_chunk chunk, td_error *err) {
    study *job = ctx;
    outcome *out = &job->out[chunk.index];
    memset(out, 2, sizeof *out);
    td_rng rng = td_rng_stream(job->seed, job->title, chunk.index, 0);
    if (job->p2 > job->p1) td_rng_jump(&rng, UINT64_C(1) << 40);
    return job->judge(out, job, &rng, err);
}

/* Percentages over the runs; -1 where a method has none. */
typedef struct rates {
    double holds[MAX_METHODS], rejects[MAX_METHODS];
} rates;

static void simulate(rates *r, study *job, double p2) {
    td_exec exec = {.n_threads = job->n_threads};
    td_error err = {0};
    job->p1 = BASE;
    job->p2 = p2;
    bench_must(td_par_for(&exec, job->runs, 1, one_run, job, &err), &err);
    for (int m = 0; m < job->n_methods; m++) {
        uint64_t held = 0, rejected = 0, made = 0, asked = 0;
        for (uint64_t i = 0; i < job->runs; i++) {
            made += job->out[i].holds[m] < 2;
            held += job->out[i].holds[m] == 1;
            asked += job->out[i].rejects[m] < 2;
            rejected += job->out[i].rejects[m] == 1;
        }
        r->holds[m] = made > 0 ? 100.0 * (double)held / (double)made : -1;
        r->rejects[m] = asked > 0 ? 100.0 * (double)rejected / (double)asked : -1;
    }
}

/* 1 when the percentage is what the method promises; target 95 for intervals, 5 for tests. */
static int is_kept(promise what, double percent, double target, double slack) {
    if (what == NOTHING || percent < 0) return 1;
    if (what == ASYMPTOTIC)
        return target > 50 ? percent >= 93.5 && percent <= 96.5 : percent >= 4 && percent <= 6;
    return target > 50 ? percent >= 95 - slack : percent <= 5 + slack;
}

static void print_cell(double percent) {
    if (percent < 0) printf(" |");
    if (percent >= 0) printf(" %.2f |", percent);
}

int study_print(study *job) {
    rates none, effect;
    double slack = 200.0 * sqrt(0.05 * 0.95 / (double)job->runs);
    int n_broken = 0;
    simulate(&none, job, BASE);
    simulate(&effect, job, BETTER);
    printf("\n%s\n\n| method | holds, no effect | holds, effect | rejects, no effect | |\n"
           "|---|---|---|---|---|\n",
           job->title);
    for (int m = 0; m < job->n_methods; m++) {
        const method *how = &job->methods[m];
        int is_fine = is_kept(how->promise, none.holds[m], 95, slack) &&
                      is_kept(how->promise, effect.holds[m], 95, slack) &&
                      is_kept(how->promise, none.rejects[m], 5, slack);
        printf("| %s |", how->name);
        print_cell(none.holds[m]);
        print_cell(effect.holds[m]);
        print_cell(none.rejects[m]);
        n_broken += !is_fine;
        if (how->instead != NULL) printf(" use %s |\n", how->instead);
        if (how->instead == NULL) printf(" %s |\n", is_fine ? "" : "**not as promised**");
    }
    fflush(stdout);
    return n_broken;
}
