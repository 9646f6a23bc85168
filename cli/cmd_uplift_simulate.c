/* cli/cmd_uplift_simulate.c: `tundish uplift simulate`: learners where the truth is known.
 *
 *     $ tundish uplift simulate --generator causalml2 --n 5000 --seed 1
 *     $ tundish generate --preset demo --out shop && tundish uplift simulate shop
 *
 *   1. Rows with their true effect: a generator (datasets/causal_generators.h), or the sessions of
 *      a folder that `generate` wrote (uplift_world.c).
 *   2. --out writes them as a table that every other command reads.
 *   3. Every learner is fitted to the training rows and compared with the truth on the others,
 *      beside a constant, a random order and the oracle; once for each of --sizes.
 *
 * JSON: source, train_rows, test_rows, mean_effect, sizes [{share, train_rows, learners [{learner,
 * pehe, bias, correlation, oracle_share, value, regret, share_treated, coverage, interval_width |
 * refused}], timings {learner}}]. */
#include <stdio.h>
#include <string.h>

#include "cli/uplift_simulate.h"
#include "core/base/mem.h"

typedef struct options {
    td_scoring scoring;
    const char *generator;
    const char *out;
    const char *learners;
    const char *sizes;
    const char *propensity;
    int64_t n, n_test, n_features, replicates;
    double noise, effect_sd, cost, level;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"generator", "NAME", NULL, "a law to draw rows from, see below; or give a shop folder",
     AT(generator), TD_OPT_TEXT, 0, 0, 0},
    {"n", "N", "5000", "training rows of a generator", AT(n), TD_OPT_WHOLE, 0, 100, 1e9},
    {"n-test", "N", "0", "test rows of a generator, 0 = as many as training rows", AT(n_test),
     TD_OPT_WHOLE, 0, 0, 1e9},
    {"features", "P", "0", "features of a generator, 0 = as in its source", AT(n_features),
     TD_OPT_WHOLE, 0, 0, TD_CAUSAL_MAX_FEATURES},
    {"noise", "SD", "1", "standard deviation of a generator's outcome around its mean", AT(noise),
     TD_OPT_REAL, 0, 0, 1e100},
    {"effect-sd", "SD", "0.1", "grf generators: spread of the effects, 0 = unscaled", AT(effect_sd),
     TD_OPT_REAL, 0, 0, 1e100},
    {"out", "FILE", NULL, "write the rows: features, treatment, outcome, propensity, effect, part",
     AT(out), TD_OPT_TEXT, 0, 0, 0},
    {"learners", "NAME,...", "all",
     "learners to compare, or all; none = only draw. A constant, a random order and the oracle "
     "always "
     "stand beside them",
     AT(learners), TD_OPT_TEXT, 0, 0, 0},
    {"sizes", "SHARE,...", "1", "shares of the training rows to learn from", AT(sizes), TD_OPT_TEXT,
     0, 0, 0},
    {"propensity", "known|estimate|share", "estimate", "what learners know of P(treated)",
     AT(propensity), TD_OPT_CHOICE, 0, 0, 0},
    {"replicates", "B", "0", "half-samples for the intervals of learners without their own",
     AT(replicates), TD_OPT_WHOLE, 0, 0, 10000},
    {"cost", "C", "0", "of treating a row, in units of the outcome: treat when the effect is above",
     AT(cost), TD_OPT_REAL, 0, -1e100, 1e100},
    {"level", "L", "0.95", "of the intervals", AT(level), TD_OPT_REAL, 0, 0.5, 0.9999},
};

static void print_generators(void) {
    puts("\ngenerators");
    for (uint32_t i = 0; td_causal_name(i) != NULL; i++) {
        printf("  %-15s %s\n", td_causal_name(i), td_causal_about(td_causal_name(i)));
    }
}

const td_usage td_usage_uplift_simulate = {
    .paths = "[DIR]",
    .max_paths = 1,
    .options = own_options,
    .n_options = sizeof own_options / sizeof *own_options,
    .shared = td_scoring_options,
    .n_shared = TD_N_SCORING_OPTIONS,
    .shared_at = AT(scoring),
    .size = sizeof(options),
    .print_more = print_generators,
    .notes =
        "PEHE is the root mean squared error of the effects; `of oracle` the area between gain\n"
        "curve and chord as a share of the best possible order; value and regret are of\n"
        "treating every row whose predicted effect is above --cost. docs/uplift.md.",
    .examples = "  tundish uplift simulate --generator causalml2 --n 20000 --seed 1\n"
                "  tundish uplift simulate --generator grf_aw2 --learners dr,uplift_forest\n"
                "  tundish uplift simulate shop --sizes 0.1,0.3,1 --propensity known\n"
                "  tundish uplift simulate --generator causalml1 --out rows.csv --learners none",
};

typedef struct report {
    const char *source;
    td_uplift_world world;
    uint32_t n_sizes;
    td_simulate_size *size; /* [n_sizes], the arena's */
    double mean_effect;     /* of the test rows */
} report;

static void fill_json(td_json *json, const void *ctx) {
    const report *r = ctx;
    td_json_text(json, "source", r->source);
    td_json_u64(json, "train_rows", r->world.n_train);
    td_json_u64(json, "test_rows", r->world.n_test);
    td_json_f64(json, "mean_effect", r->mean_effect);
    td_json_array(json, "sizes");
    for (uint32_t k = 0; k < r->n_sizes; k++) {
        td_json_object(json, NULL);
        td_simulate_json(json, &r->size[k]);
        td_json_end(json);
    }
    td_json_end(json);
}

static void print_text(const report *r) {
    char train[32], test[32];
    printf("%s: %s training rows, %s test rows, mean effect %.4g\n", r->source,
           td_text_count(train, r->world.n_train), td_text_count(test, r->world.n_test),
           r->mean_effect);
    for (uint32_t k = 0; k < r->n_sizes; k++) {
        if (r->n_sizes > 1)
            printf("\n%s training rows\n", td_text_count(train, r->size[k].n_train));
        td_simulate_print(&r->size[k]);
    }
}

static td_status make_world(report *r, const options *o, const td_cli *cli, td_error *err) {
    TD_CHECK((o->generator != NULL) != (cli->n_paths == 1), err, TD_ERR_ARG,
             "give either --generator NAME or the folder of a shop");
    if (o->generator == NULL) {
        r->source = "shop";
        return td_uplift_world_read(&r->world, cli->path[0], &o->scoring, &cli->exec, err);
    }
    td_causal_params params = td_causal_params_default(o->generator);
    params.n_rows = (uint64_t)o->n;
    params.n_features = (uint32_t)o->n_features;
    params.seed = cli->seed;
    params.noise = o->noise;
    params.effect_sd = o->effect_sd;
    r->source = o->generator;
    uint64_t n_test = (uint64_t)(o->n_test > 0 ? o->n_test : o->n);
    return td_uplift_world_draw(&r->world, &params, n_test, &cli->exec, err);
}

static td_status list_sizes(report *r, const options *o, td_arena *arena, td_error *err) {
    const char *const *text;
    TD_TRY(td_list_split(&text, &r->n_sizes, o->sizes, "sizes", arena, err));
    TD_CHECK(r->n_sizes <= TD_SIMULATE_SIZES, err, TD_ERR_ARG, "--sizes: %u shares, at most %d",
             r->n_sizes, TD_SIMULATE_SIZES);
    r->size = td_arena_array(arena, r->n_sizes, sizeof *r->size, err);
    if (r->size == NULL) return TD_ERR_NOMEM;
    memset(r->size, 0, r->n_sizes * sizeof *r->size);
    for (uint32_t k = 0; k < r->n_sizes; k++) {
        double *share = &r->size[k].share;
        TD_CHECK(td_text_is_real(text[k], share) && *share > 0 && *share <= 1, err, TD_ERR_ARG,
                 "--sizes: '%s' is not a share in (0, 1]", text[k]);
    }
    return TD_OK;
}

static td_status run(report *r, const options *o, const td_cli *cli, td_arena *arena,
                     td_error *err) {
    td_simulate_plan plan = {.world = &r->world,
                             .propensity = o->propensity,
                             .n_replicates = (uint32_t)o->replicates,
                             .cost = o->cost,
                             .level = o->level,
                             .seed = cli->seed};
    TD_TRY(td_cli_check_out(cli, o->out, err));
    TD_TRY(td_simulate_learners(&plan, o->learners, arena, err));
    TD_TRY(list_sizes(r, o, arena, err));
    TD_TRY(make_world(r, o, cli, err));
    for (uint64_t k = 0; k < r->world.n_test; k++) {
        r->mean_effect += r->world.effect[r->world.test[k]] / (double)r->world.n_test;
    }
    if (o->out != NULL) TD_TRY(td_uplift_world_write(&r->world, o->out, err));
    for (uint32_t k = 0; plan.n_learners > 0 && k < r->n_sizes; k++) {
        TD_TRY(td_simulate_run(&r->size[k], &plan, cli, err));
    }
    if (plan.n_learners == 0) r->n_sizes = 0;
    TD_TRY(td_cli_write_json(cli, fill_json, r, err));
    if (td_cli_has_text(cli, o->out)) print_text(r);
    return TD_OK;
}

td_status td_cmd_uplift_simulate(const td_cli *cli, const void *given, td_error *err) {
    td_arena arena = {0};
    report r = {0};
    td_status status = run(&r, given, cli, &arena, err);
    td_uplift_world_free(&r.world);
    td_arena_free(&arena);
    return status;
}
