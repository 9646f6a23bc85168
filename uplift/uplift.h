/* uplift/uplift.h: by how much a treatment moves each row's outcome. The public side of learners.
 *
 *     features, arm, outcome --td_uplift_fit--> model --td_uplift_to_bytes--> text
 *     any view with the model's columns ------td_uplift_predict-----------> effect of each arm
 *
 * The effect of arm a at x is tau_a(x) = E[Y(a) - Y(0) | X = x], Y(a) being the outcome had the row
 * been given arm a; arm 0 is the control. Several arms are several pairs (a, control): each is
 * learned from the rows of its two arms, with the pair's propensity p_a / (p_a + p_0); only effect
 * trees take all arms at once. All models
 * of a fit share one set of bins (gbdt/subset.h). Same bytes for any thread count, SIMD level and
 * compiler. */
#ifndef TD_UPLIFT_UPLIFT_H
#define TD_UPLIFT_UPLIFT_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/table.h"
#include "gbdt/gbdt.h"

#define TD_UPLIFT_NO_ARM UINT32_MAX /* a row that is not compared; it only teaches bins */

typedef enum td_uplift_learner {
    TD_UPLIFT_T,           /* one model of the outcome for each arm */
    TD_UPLIFT_S,           /* one model, the arm being a feature */
    TD_UPLIFT_TRANSFORMED, /* regression of the transformed outcome */
    TD_UPLIFT_CLASS,       /* classification of the transformed class; outcomes 0 and 1 only */
    TD_UPLIFT_X,           /* imputed effects of both arms, weighed by the propensity */
    TD_UPLIFT_R,           /* residual on residual, cross-fitted */
    TD_UPLIFT_DR,          /* doubly robust pseudo-outcome, cross-fitted */
    TD_UPLIFT_DEPENDENT,   /* two models, the control's score fed to the treatment's */
    TD_UPLIFT_TREE,        /* one tree grown for the effect (forest.h) */
    TD_UPLIFT_FOREST,      /* honest trees grown for the effect, with standard errors */
    TD_UPLIFT_N_LEARNERS
} td_uplift_learner;

/* One learner for help pages. */
typedef struct td_uplift_spec {
    const char *name;      /* "t", "s", "transformed", ... as the program takes it */
    const char *help;      /* one line */
    const char *reference; /* paper with DOI */
} td_uplift_spec;

const td_uplift_spec *td_uplift_spec_of(td_uplift_learner learner); /* static */

/* By name; TD_ERR_ARG lists the names. */
td_status td_uplift_learner_find(td_uplift_learner *out, const char *name,
                                 td_error *err) TD_MUST_USE;

/* What is learned from; all borrowed. An outcome of only 0 and 1 is taken as binary. */
typedef struct td_uplift_data {
    td_matrix_view rows;         /* features; label = outcome; weight > 0 or NULL */
    const uint32_t *arm;         /* [n_rows] 0 = control, 1 .. n_arms - 1, or TD_UPLIFT_NO_ARM */
    uint32_t n_arms;             /* control included, 2 .. 64 */
    const char *const *arm_name; /* [n_arms] */
    const double *propensity;    /* [n_arms * n_rows] P(arm = a | x) at a * n_rows + i, where the
                                    design is known; NULL = to be found out */
    const char *const *propensity_name; /* [n_arms - 1] of each treated arm: what new rows bring
                                           theirs by (a column, a number); NULL = the arms' names */
    const uint32_t *cluster;            /* [n_rows] < n_clusters: rows of one cluster (a visitor's
                                    sessions) never stand on both sides of a fold; NULL = each row
                                    by itself */
    uint32_t n_clusters;
} td_uplift_data;

/* Where the propensity comes from when the data does not bring it. */
typedef enum td_propensity_how {
    TD_PROPENSITY_ESTIMATE, /* cross-fitted trees, where they beat the shares out of fold */
    TD_PROPENSITY_SHARE     /* the arms' shares: the design was randomised */
} td_propensity_how;

/* How much the arms differ in a node; formulas in
 * tree_criterion.c. */
typedef enum td_uplift_criterion {
    TD_UPLIFT_KL,        /* Kullback-Leibler divergence; outcomes 0 and 1 only */
    TD_UPLIFT_EUCLIDEAN, /* squared difference of means */
    TD_UPLIFT_CHI2,      /* chi-square divergence; outcomes 0 and 1 only */
    TD_UPLIFT_CTS,       /* mean outcome under the best arm of each side */
    TD_UPLIFT_DDP,       /* difference of the two sides' effects */
    TD_UPLIFT_N_CRITERIA
} td_uplift_criterion;

/* Half of a tree's rows choose its splits and the others fill its leaves, or all do both. */
typedef enum td_honesty {
    TD_HONESTY_STANDARD, /* forests are honest, a tree is not */
    TD_HONESTY_NO,
    TD_HONESTY_YES
} td_honesty;

typedef struct td_uplift_params {
    td_uplift_learner learner;
    td_propensity_how propensity;
    int32_t n_folds;               /* 2 .. 100, of everything that is cross-fitted */
    double clip;                   /* propensities are held within [clip, 1 - clip]; (0 .. 0.5) */
    td_train_params trees;         /* what is not in trees.given is chosen by the number of rows */
    td_uplift_criterion criterion; /* of uplift_tree and uplift_forest; others look at neither */
    td_honesty honesty;
    int is_pairwise; /* effect trees of several arms: trees for each arm by itself, against control;
                        0 = one set of nodes for all arms */
} td_uplift_params;

/* T-learner, estimated propensity, 5 folds, clip 0.01, trees by size, euclidean criterion. */
td_uplift_params td_uplift_params_default(void);

/* What was met on the way, for one arm against control. */
typedef struct td_uplift_pair_report {
    uint64_t n_treated, n_control;
    double mean_treated, mean_control; /* of the outcome, weighted */
    double mean_effect;                /* of the learned effects over the pair's rows */
    int is_estimated;                  /* the propensity is a model's, not known and no share */
    double loss_trees, loss_share; /* log-loss of the propensity out of fold; NaN unless tried */
    double low, high;              /* of the propensity before clipping */
    uint64_t n_clipped;
} td_uplift_pair_report;

typedef struct td_uplift_model td_uplift_model; /* opaque; learner.h shows the inside */

/* Fit. *out owned*; report [n_arms - 1] may be NULL. Progress stage "uplift".
 * TD_ERR_SHAPE: an arm without rows, or fewer rows than folds in one; a feature named twice.
 * TD_ERR_RANGE: an arm or cluster out of range, a propensity not inside (0, 1), each with its row.
 * TD_ERR_NUMERIC: a constant outcome (in an arm, for binary outcomes and learners that model arms);
 * a fold that holds all clusters with a value of it.
 * TD_ERR_ARG: class transformation, kl or chi2 of an outcome that is not 0 or 1; parameters out of
 * range.
 * Cost: two to eight trainings per arm, twice n_folds where cross-fitted. */
td_status td_uplift_fit(td_uplift_model **out, td_uplift_pair_report *report,
                        const td_uplift_data *data, const td_uplift_params *params,
                        const td_exec *exec, td_error *err) TD_MUST_USE;

void td_uplift_model_free(td_uplift_model *model); /* NULL allowed */

/* out[(a - 1) * n_rows + i] = effect of arm a on row i. Columns are found by name; TD_ERR_SHAPE
 * names a missing one. propensity [n_arms * n_rows] as in td_uplift_data, of these rows, is looked
 * at by a model that wants it; TD_ERR_ARG where that gets NULL, TD_ERR_RANGE for a chance that lies
 * outside [0, 1]. */
td_status td_uplift_predict(double *out, const td_uplift_model *model, const td_matrix_view *rows,
                            const double *propensity, const td_exec *exec,
                            td_error *err) TD_MUST_USE;

/* The name under which the propensity of a treated arm was known (td_uplift_data.propensity_name)
 * where it differs from row to row and the effect of a new row depends on it; NULL where a model
 * wants no propensity. Borrowed. */
const char *td_uplift_model_propensity(const td_uplift_model *model, uint32_t arm);

td_uplift_learner td_uplift_model_learner(const td_uplift_model *model);
int td_uplift_model_is_binary(const td_uplift_model *model); /* outcomes were 0 and 1 */
uint32_t td_uplift_model_n_arms(const td_uplift_model *model);
const char *td_uplift_model_arm(const td_uplift_model *model, uint32_t arm); /* borrowed */
uint32_t td_uplift_model_n_features(const td_uplift_model *model);
const char *td_uplift_model_feature(const td_uplift_model *model, uint32_t feature); /* borrowed */
td_column_kind td_uplift_model_feature_kind(const td_uplift_model *model, uint32_t feature);

/* Model text: versioned, exact numbers, SHA-256 in its last line. *bytes owned* (td_mem_free). */
td_status td_uplift_to_bytes(char **bytes, uint64_t *n, const td_uplift_model *model,
                             td_error *err) TD_MUST_USE;

/* Read it back. TD_ERR_FORMAT with the line: foreign, cut, changed or from a later version. */
td_status td_uplift_from_bytes(td_uplift_model **out, const char *bytes, uint64_t n,
                               td_error *err) TD_MUST_USE;

#endif
