/* uplift/forest.h: trees grown for the effect itself, one of them or many.
 *
 *     binned rows, arm, outcome --td_forest_fit--> one td_model per treated arm
 *     td_predict(model[a - 1]) = mean over the trees of "outcome in arm a minus control" in a leaf
 *     td_forest_spread = the same with a standard error, from bags of trees
 *
 * A split is chosen because the arms differ more on one side than on the other, not because the
 * outcome does. The trees of all arms have the same nodes; only their leaf values differ. A forest
 * is an ordinary model of gbdt (regression, base score 0), so predicting, saving and importance are
 * those of gbdt. Same bytes for any thread count. */
#ifndef TD_UPLIFT_FOREST_H
#define TD_UPLIFT_FOREST_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "uplift/uplift.h"

enum { TD_UPLIFT_MAX_ARMS = 64 };

/* "kl", "euclidean", "chi2", "cts", "ddp". */
const char *td_uplift_criterion_name(td_uplift_criterion criterion);
td_status td_uplift_criterion_find(td_uplift_criterion *out, const char *name,
                                   td_error *err) TD_MUST_USE;

typedef struct td_forest_params {
    td_uplift_criterion criterion;
    int is_normalised;     /* divide by what the split would gain by chance (kl, euclidean, chi2) */
    int is_honest;         /* half of a tree's rows choose its splits, the others fill its leaves */
    int with_replacement;  /* rows of a tree are a bootstrap sample; else a part without repeats */
    uint32_t n_trees;      /* >= 1 */
    uint32_t bag_size;     /* trees that share one half-sample; >= 2 allows standard errors */
    uint32_t max_depth;    /* 1 .. 60 */
    uint32_t min_rows;     /* of a leaf, >= 2 */
    uint32_t min_arm_rows; /* of every arm in a leaf, >= 1 */
    uint32_t n_candidates; /* features tried at a node; 0 = ceil(sqrt(features)) + 20, as grf */
    double sample_fraction; /* of the rows, per tree; (0 .. 1], at most 0.5 with bags */
    double shrinkage;       /* rows by which a child's rates are drawn to its parent's; >= 0 */
    uint64_t seed;
} td_forest_params;

/* Forest: euclidean, honest, 500 trees in bags of 2, half of the rows each, depth 30, leaves of at
 * least 10 rows with 3 of each arm, no shrinkage. Tree: all rows, all features, depth 5, leaves of
 * 100 rows with 10 of each arm, normalised, shrinkage 100 (causalml's defaults but the depth). */
td_forest_params td_forest_params_default(void);
td_forest_params td_forest_params_tree(void);

/* What is learned from; borrowed. The outcome is the binned rows' label. */
typedef struct td_forest_rows {
    const td_binned *binned;
    const uint32_t *arm;     /* [n_rows] 0 = control, 1 .. n_arms - 1 */
    uint32_t n_arms;         /* control included, 2 .. TD_UPLIFT_MAX_ARMS */
    const double *weight;    /* [n_rows] > 0: 1 / P(own arm | row) where the design was not a coin
                             with one probability; NULL = all ones */
    const uint32_t *cluster; /* [n_rows] < n_clusters: rows that depend on each other, drawn and
                                halved whole; NULL = each row by itself */
    uint32_t n_clusters;     /* <= n_rows, each with a row */
} td_forest_rows;

/* Fit. out [n_arms - 1], each *owned* (td_model_free). Progress stage "uplift forest".
 * TD_ERR_ARG: an impossible parameter; kl or chi2 with an outcome that is not 0 or 1.
 * TD_ERR_SHAPE: an arm without rows. TD_ERR_RANGE: an arm or cluster code or a weight, with its
 * row.
 * Splits are chosen from histograms of integers (tree_hist.h: exact for outcomes of 0 and 1 and
 * arms of equal weights, else rounded as the trainer rounds gradients); leaf values are means of
 * the real outcomes. O(trees * depth * sampled rows * features) at most: the larger of two children
 * is not counted. Memory: about features + 8 bytes a row for all trees (24 with a heavy tail); for
 * each thread features + 16 bytes a growing row and, for every open level, a histogram of 2 or 6 KB
 * a feature and arm, 64 MB in all.
 * Rzepakowski, Jaroszewicz (2012), doi:10.1007/s10115-011-0434-0; Wager, Athey (2018),
 * doi:10.1080/01621459.2017.1319839. */
td_status td_forest_fit(td_model **out, const td_forest_rows *rows, const td_forest_params *params,
                        const td_exec *exec, td_error *err) TD_MUST_USE;

/* Effects of rows with their standard errors; both arrays [n_rows], borrowed and filled. */
typedef struct td_forest_effects {
    double *effect;
    double *se;
} td_forest_effects;

/* Effects and standard errors from a forest grown in bags of bag_size trees. TD_ERR_ARG unless
 * bag_size >= 2 parts the trees into two bags or more. O(rows * trees * depth). Athey, Tibshirani,
 * Wager (2019), doi:10.1214/18-AOS1709, section 4. */
td_status td_forest_spread(td_forest_effects out, const td_model *forest, uint32_t bag_size,
                           const td_matrix_view *rows, const td_exec *exec,
                           td_error *err) TD_MUST_USE;

/* The same for arm `arm` of a fitted learner; TD_ERR_ARG for any but uplift_forest. */
td_status td_uplift_spread(td_forest_effects out, const td_uplift_model *model, uint32_t arm,
                           const td_matrix_view *rows, const td_exec *exec,
                           td_error *err) TD_MUST_USE;

#endif
