/* uplift/forest.c: many effect trees, each from rows of its own, averaged.
 *
 *   1. Bags: trees t with the same t / bag_size share one half of the rows (without bags: all
 *   rows).
 *   2. A tree draws sample_fraction * n rows from them, without repeats, or n rows with repeats.
 *   3. An honest tree halves these: one half chooses splits, the other fills the leaves.
 *      Where rows come in clusters (a visitor's sessions), steps 1 to 3 draw clusters, and a
 *      cluster brings all its rows: a half that shares visitors with the other is not another one.
 *   4. All trees in parallel, each whole on one thread; leaf values are divided by the number of
 *      trees, so that the sum over the trees (what td_predict makes) is their mean.
 *
 *      rows          0 1 2 3 4 5 6 7 8 9 ...          half of them: bag 0, bag 1, ...
 *      tree 0, 1     from bag 0;   tree 2, 3 from bag 1;   ...
 *
 * Draws without repeats are selection sampling: rows in order, each taken with probability (still
 * wanted) / (still to come), so that a tree's rows ascend and its memory is read forwards. Streams:
 * ("forest bag", bag), ("forest rows", tree), ("forest honest", tree).
 *
 * Cost: O(trees * depth * sampled rows * candidates). What it does not do: out-of-bag effects,
 * adaptive weights of a causal forest (a leaf's own difference is averaged instead).
 * Knuth, The Art of Computer Programming, volume 2, 3.4.2, algorithm S; Breiman (2001),
 * doi:10.1023/A:1010933404324; Wager and Athey (2018), doi:10.1080/01621459.2017.1319839. */
#include "uplift/forest.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "uplift/tree_parts.h"

td_forest_params td_forest_params_default(void) {
    return (td_forest_params){.criterion = TD_UPLIFT_EUCLIDEAN,
                              .is_honest = 1,
                              .n_trees = 500,
                              .bag_size = 2,
                              .max_depth = 30,
                              .min_rows = 10,
                              .min_arm_rows = 3,
                              .sample_fraction = 0.5,
                              .seed = 1};
}

td_forest_params td_forest_params_tree(void) {
    return (td_forest_params){.criterion = TD_UPLIFT_EUCLIDEAN,
                              .is_normalised = 1,
                              .n_trees = 1,
                              .bag_size = 1,
                              .max_depth = 5,
                              .min_rows = 100,
                              .min_arm_rows = 10,
                              .n_candidates = UINT32_MAX,
                              .sample_fraction = 1,
                              .shrinkage = 100,
                              .seed = 1};
}

/* ---- drawing rows ---------------------------------------------------------------------------- */

/* What is drawn: clusters, or rows. */
static uint64_t count_units(const td_forest_rows *rows) {
    return rows->cluster != NULL ? rows->n_clusters : rows->binned->n_rows;
}

/* k of the n units `from` (NULL: 0 .. n - 1), ascending. out may be `from`. O(n). */
static void draw_part(uint32_t *out, uint64_t k, const uint32_t *from, uint64_t n, td_rng rng) {
    uint64_t n_out = 0;
    for (uint64_t i = 0; i < n && n_out < k; i++) {
        if (td_rng_below(&rng, n - i) < k - n_out)
            out[n_out++] = from != NULL ? from[i] : (uint32_t)i;
    }
}

/* n rows out of n with repeats, ascending; times[n] is scratch. */
static void draw_bootstrap(uint32_t *out, uint32_t *times, uint64_t n, td_rng rng) {
    memset(times, 0, n * sizeof *times);
    for (uint64_t i = 0; i < n; i++) times[td_rng_below(&rng, n)]++;
    uint64_t n_out = 0;
    for (uint64_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < times[i]; k++) out[n_out++] = (uint32_t)i;
    }
}

static uint64_t part_of(uint64_t n, double share) {
    uint64_t k = (uint64_t)((double)n * share);
    return k > 2 ? k : 2 < n ? 2 : n;
}

/* unit[n] receives the tree's units; returns how many. */
static uint64_t draw_units(uint32_t *unit, uint32_t *scratch, const td_tree_job *job) {
    const td_forest_params *params = job->params;
    uint64_t n = count_units(job->rows);
    td_rng rng = td_rng_stream(params->seed, "forest rows", job->index, 0);
    if (params->with_replacement) {
        draw_bootstrap(unit, scratch, n, rng);
        return n;
    }
    uint64_t wanted = part_of(n, params->sample_fraction);
    if (params->bag_size == 1) {
        draw_part(unit, wanted, NULL, n, rng);
        return wanted;
    }
    uint64_t half = n / 2 > wanted ? n / 2 : wanted;
    uint32_t bag = job->index / params->bag_size;
    draw_part(scratch, half, NULL, n, td_rng_stream(params->seed, "forest bag", bag, 0));
    draw_part(unit, wanted, scratch, half, rng);
    return wanted;
}

/* Parts n drawn units in two: scratch receives the growing half, then the filling half. */
static td_tree_rows halve(uint32_t *scratch, const uint32_t *unit, uint64_t n, td_rng rng) {
    uint64_t n_grow = n - n / 2, grown = 0, filled = 0;
    for (uint64_t i = 0; i < n; i++) {
        int to_grow = td_rng_below(&rng, n - i) < n_grow - grown;
        scratch[to_grow ? grown++ : n_grow + filled++] = unit[i];
    }
    return (td_tree_rows){scratch, scratch + n_grow, n_grow, n - n_grow};
}

/* The rows of drawn clusters, ascending: into row[n_rows]; mark[n_clusters] is scratch. */
static td_tree_rows rows_of(td_tree_rows drawn, uint32_t *row, uint32_t *mark,
                            const td_forest_rows *rows) {
    enum { GROWS = 1, FILLS = 2 };
    uint64_t n = rows->binned->n_rows, n_grow = 0, n_fill = 0;
    memset(mark, 0, rows->n_clusters * sizeof *mark);
    for (uint64_t k = 0; k < drawn.n_grow; k++) mark[drawn.grow[k]] = GROWS;
    if (drawn.fill != drawn.grow) {
        for (uint64_t k = 0; k < drawn.n_fill; k++) mark[drawn.fill[k]] = FILLS;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (mark[rows->cluster[i]] == GROWS) row[n_grow++] = i;
    }
    if (drawn.fill == drawn.grow) return (td_tree_rows){row, row, n_grow, n_grow};
    uint32_t *fill = row + n_grow;
    for (uint32_t i = 0; i < n; i++) {
        if (mark[rows->cluster[i]] == FILLS) fill[n_fill++] = i;
    }
    return (td_tree_rows){row, fill, n_grow, n_fill};
}

/* ---- trees ----------------------------------------------------------------------------------- */

typedef struct forest_job {
    td_model **out; /* [n_arms - 1] */
    td_tree_job tree;
    double mean[TD_UPLIFT_MAX_ARMS];
} forest_job;

/* room: 2 n, with clusters 4 n numbers, for n rows. */
static td_status grow_one(const td_tree_job *job, td_tree *tree, uint32_t *room, td_error *err) {
    const td_forest_params *params = job->params;
    uint64_t n = job->rows->binned->n_rows;
    uint32_t *scratch = room + n;
    uint64_t n_drawn = draw_units(room, scratch, job);
    td_tree_rows rows = {room, room, n_drawn, n_drawn};
    if (params->is_honest) {
        rows = halve(scratch, room, n_drawn,
                     td_rng_stream(params->seed, "forest honest", job->index, 0));
    }
    if (job->rows->cluster != NULL) rows = rows_of(rows, room + 2 * n, room + 3 * n, job->rows);
    return td_effect_tree_grow(tree, 1 / (double)params->n_trees, job, &rows, err);
}

static td_status grow_chunk(void *ctx, td_chunk chunk, td_error *err) {
    const forest_job *work = ctx;
    td_tree tree[TD_UPLIFT_MAX_ARMS];
    const td_forest_rows *rows = work->tree.rows;
    uint32_t *room;
    TD_NEW(room, (rows->cluster != NULL ? 4 : 2) * rows->binned->n_rows, err);
    td_status status = TD_OK;
    for (uint64_t t = chunk.begin; status == TD_OK && t < chunk.end; t++) {
        td_tree_job job = work->tree;
        job.index = (uint32_t)t;
        status = grow_one(&job, tree, room, err);
        for (uint32_t a = 1; status == TD_OK && a < job.rows->n_arms; a++) {
            work->out[a - 1]->tree[t] = tree[a - 1];
        }
    }
    td_mem_free(room);
    return status;
}

/* ---- checks ---------------------------------------------------------------------------------- */

static td_status check_params(const td_forest_params *p, td_error *err) {
    TD_CHECK(p->n_trees >= 1 && p->n_trees <= 1000000, err, TD_ERR_ARG,
             "%u trees are not in 1 .. 1000000", p->n_trees);
    TD_CHECK(p->bag_size >= 1 && p->n_trees % p->bag_size == 0, err, TD_ERR_ARG,
             "%u trees cannot stand in bags of %u", p->n_trees, p->bag_size);
    TD_CHECK(p->max_depth >= 1 && p->max_depth <= 60, err, TD_ERR_ARG,
             "a depth of %u is not in 1 .. 60", p->max_depth);
    TD_CHECK(p->min_rows >= 2 && p->min_arm_rows >= 1, err, TD_ERR_ARG,
             "leaves of %u rows with %u of each arm: at least 2 and 1 are needed", p->min_rows,
             p->min_arm_rows);
    TD_CHECK(p->sample_fraction > 0 && p->sample_fraction <= (p->bag_size > 1 ? 0.5 : 1), err,
             TD_ERR_ARG, "a tree's share of the rows, %g, is not in (0, %s]", p->sample_fraction,
             p->bag_size > 1 ? "0.5" : "1");
    TD_CHECK(!p->with_replacement || p->bag_size == 1, err, TD_ERR_ARG,
             "rows with repeats do not go with bags of %u trees", p->bag_size);
    TD_CHECK(p->shrinkage >= 0 && p->shrinkage <= 1e15, err, TD_ERR_ARG,
             "a shrinkage of %g rows is not in 0 .. 1e15", p->shrinkage);
    TD_CHECK((unsigned)p->criterion < TD_UPLIFT_N_CRITERIA, err, TD_ERR_ARG,
             "no criterion number %d", (int)p->criterion);
    return TD_OK;
}

static td_status check_row(const td_forest_rows *rows, uint64_t i, int wants_rates, td_error *err) {
    unsigned long long number = i + 1;
    double y = rows->binned->label[i];
    TD_CHECK(rows->arm[i] < rows->n_arms, err, TD_ERR_RANGE, "row %llu: arm %u of %u", number,
             rows->arm[i], rows->n_arms);
    TD_CHECK(rows->cluster == NULL || rows->cluster[i] < rows->n_clusters, err, TD_ERR_RANGE,
             "row %llu: cluster %u of %u", number, rows->cluster != NULL ? rows->cluster[i] : 0,
             rows->n_clusters);
    TD_CHECK(rows->weight == NULL || (rows->weight[i] > 0 && rows->weight[i] <= 1e300), err,
             TD_ERR_RANGE, "row %llu: weight %g is not positive and finite", number,
             rows->weight != NULL ? rows->weight[i] : 0);
    TD_CHECK(rows->weight == NULL || fabs(y) * rows->weight[i] <= 1e300, err, TD_ERR_RANGE,
             "row %llu: outcome %g times weight %g is too large", number, y,
             rows->weight != NULL ? rows->weight[i] : 0);
    TD_CHECK(!wants_rates || y == 0 || y == 1, err, TD_ERR_ARG,
             "row %llu: outcome %.17g is neither 0 nor 1, as kl and chi2 need it", number, y);
    return TD_OK;
}

/* Also the means of the arms over all rows. */
static td_status check_rows(double *mean, const td_forest_rows *rows,
                            const td_forest_params *params, td_error *err) {
    int wants_rates = params->criterion == TD_UPLIFT_KL || params->criterion == TD_UPLIFT_CHI2;
    TD_CHECK(rows->n_arms >= 2 && rows->n_arms <= TD_UPLIFT_MAX_ARMS, err, TD_ERR_ARG,
             "%u arms are not in 2 .. %d", rows->n_arms, TD_UPLIFT_MAX_ARMS);
    TD_CHECK(rows->cluster == NULL || rows->n_clusters <= rows->binned->n_rows, err, TD_ERR_ARG,
             "%u clusters for %llu rows: every cluster needs a row", rows->n_clusters,
             (unsigned long long)rows->binned->n_rows);
    TD_CHECK(rows->cluster == NULL || !params->with_replacement, err, TD_ERR_ARG,
             "rows with repeats do not go with clusters");
    td_arm_sum sums[TD_UPLIFT_MAX_ARMS] = {{0}};
    for (uint64_t i = 0; i < rows->binned->n_rows; i++) {
        TD_TRY(check_row(rows, i, wants_rates, err));
        double weight = rows->weight != NULL ? rows->weight[i] : 1;
        td_arm_sum_add(&sums[rows->arm[i]],
                       &(td_arm_sum){weight, weight * rows->binned->label[i], 1});
    }
    for (uint32_t a = 0; a < rows->n_arms; a++) {
        TD_CHECK(sums[a].rows > 0, err, TD_ERR_SHAPE, "arm %u of %u has no rows", a, rows->n_arms);
        mean[a] = sums[a].outcome / sums[a].weight;
    }
    return TD_OK;
}

/* ---- whole ----------------------------------------------------------------------------------- */

static td_status empty_model(td_model **out, const td_binned *binned, uint32_t n_trees,
                             td_error *err) {
    TD_TRY(td_model_init(out, binned->n_features, 1, n_trees, err));
    td_model *model = *out;
    model->objective = TD_OBJECTIVE_REGRESSION;
    model->n_trees = model->best_iteration = n_trees;
    for (uint32_t f = 0; f < binned->n_features; f++) {
        const td_bins *bins = &binned->bin[f];
        model->feature[f].kind = bins->kind;
        model->feature[f].name = td_mem_text(bins->name, err);
        if (model->feature[f].name == NULL) return TD_ERR_NOMEM;
        if (bins->kind == TD_COLUMN_CATEGORY) {
            TD_TRY(td_levels_copy(&model->feature[f].levels, &bins->levels, err));
        }
    }
    return TD_OK;
}

td_status td_forest_fit(td_model **out, const td_forest_rows *rows, const td_forest_params *params,
                        const td_exec *exec, td_error *err) {
    td_effect_table table;
    forest_job work = {.out = out, .tree = {.rows = rows, .table = &table, .params = params}};
    work.tree.mean = work.mean;
    TD_TRY(check_params(params, err));
    TD_TRY(check_rows(work.mean, rows, params, err));
    memset(out, 0, (rows->n_arms - 1) * sizeof *out);
    td_status status = td_effect_table_build(&table, rows, exec, err);
    for (uint32_t a = 1; status == TD_OK && a < rows->n_arms; a++) {
        status = empty_model(&out[a - 1], rows->binned, params->n_trees, err);
    }
    if (status == TD_OK) status = td_par_for(exec, params->n_trees, 1, grow_chunk, &work, err);
    td_effect_table_free(&table);
    for (uint32_t a = 1; status != TD_OK && a < rows->n_arms; a++) {
        td_model_free(out[a - 1]);
        out[a - 1] = NULL;
    }
    return status;
}
