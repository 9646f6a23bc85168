/* uplift/learner.h: what a learner is handed and what it hands back; for the files of this folder.
 *
 * A learner sees one pair: an arm against control, on bins of the whole table. It asks questions
 * ("what is the outcome of a control row?") and gets models, or scores of rows that the model had
 * not seen (crossfit.c). Its answer is a part: a few models and how to add them up.
 *
 *     fit.c --td_pair--> t_learner.c, x_learner.c, ... --td_question--> crossfit.c --> td_train
 *                                     |
 *                                     +--> td_part, kept in the td_uplift_model
 *
 * Letters of the papers: w = 1 for a treated row and 0 for a control row, y outcome,
 * e(x) = P(w = 1 | x), mu_w(x) = E[y | x, w], m(x) = E[y | x], tau(x) = mu_1(x) - mu_0(x). */
#ifndef TD_UPLIFT_LEARNER_H
#define TD_UPLIFT_LEARNER_H

#include "gbdt/subset.h"
#include "gbdt/tree.h"
#include "uplift/uplift.h"

enum { TD_PART_MODELS = 3 };

/* What is learned for one arm; which model means what is the learner's business. */
typedef struct td_part {
    td_model *model[TD_PART_MODELS]; /* owned; NULL = not used */
    double propensity;               /* of the pair's rows on average; X-learner */
} td_part;

void td_part_free(td_part *part);

typedef struct td_pair {
    const td_uplift_params *params;
    const td_exec *exec;
    const td_binned *bins; /* all rows of the data */
    const double *y;       /* [rows of bins], as all arrays below */
    const double *weight;  /* NULL = ones */
    double *w;             /* 1 treated, 0 control */
    double *e;             /* propensity, clipped */
    uint8_t *fold;         /* 0 .. n_folds - 1, balanced within arms and outcomes; one a cluster */
    uint32_t *row;         /* [n] the rows of the pair, ascending */
    uint64_t n;
    uint64_t n_treated;
    const uint32_t *cluster; /* borrowed; NULL = each row by itself */
    uint32_t n_clusters;
    int is_binary;       /* every outcome of the table is 0 or 1 */
    int is_mixed;        /* some cluster has rows in both arms */
    double rare;         /* share of the rarer outcome in the pair; 0.5 of a number */
    const char *treated; /* names for errors */
    const char *control;
    td_model *propensity; /* owned: e(x) of new rows; NULL where e is known or a share */
} td_pair;

/* ---- questions (crossfit.c) ------------------------------------------------------------------ */

typedef enum td_side { TD_SIDE_CONTROL, TD_SIDE_TREATED, TD_SIDE_BOTH } td_side;

/* What the answer is for: trees of an effect are smaller than those of an outcome (defaults.c). */
typedef enum td_role { TD_ROLE_OUTCOME, TD_ROLE_EFFECT, TD_ROLE_PROPENSITY } td_role;

typedef struct td_question {
    const td_binned *bins;  /* NULL = those of the pair */
    const double *label;    /* [rows of bins] */
    const double *weight;   /* [rows of bins] > 0, NULL = ones */
    td_objective objective; /* binary: label is 0 or 1, the answer a probability */
    td_side side;           /* rows to learn from */
    td_role role;
} td_question;

/* The pair's outcome as a question about one side. */
td_question td_question_outcome(const td_pair *pair, td_side side);

/* Model of all rows of the side. score [rows of bins], may be NULL: answers for all rows of the
 * pair (those of the side itself were learned from). *out owned*. */
td_status td_learn(td_model **out, double *score, const td_pair *pair, const td_question *question,
                   td_error *err) TD_MUST_USE;

/* Answers for all rows of the pair, each from a model that saw no row of its fold. */
td_status td_crossfit(double *score, const td_pair *pair, const td_question *question,
                      td_error *err) TD_MUST_USE;

/* Parameters for a question with n rows to learn from: what the user gave, the rest by size. */
td_train_params td_trees_for(const td_pair *pair, const td_question *question, uint64_t n);

/* 1 when the user fixed the number of trees. */
int td_trees_are_fixed(const td_uplift_params *params);

/* Fill pair->e (and ->propensity when is_needed and estimated) and the report's propensity fields;
 * known [2][rows] may be NULL. */
td_status td_pair_weigh(td_pair *pair, td_uplift_pair_report *report, const double *const *known,
                        int is_needed, td_error *err) TD_MUST_USE;

/* ---- learners -------------------------------------------------------------------------------- */

typedef td_status (*td_fit_fn)(td_part *out, const td_pair *pair, td_error *err);

/* Rows whose effects are wanted. */
typedef struct td_new_rows {
    const td_matrix_view *view;
    const double *e; /* [n_rows] the pair's propensity where it was known row by row, else NULL */
} td_new_rows;

/* out[n_rows] = effect. */
typedef td_status (*td_effect_fn)(double *out, const td_part *part, const td_new_rows *rows,
                                  const td_exec *exec, td_error *err);

/* Several arms on the bins of the whole table, for learners that take them together. */
typedef struct td_several {
    const td_uplift_data *data;
    const td_uplift_params *params;
    const td_exec *exec;
    const td_binned *bins;
    int is_binary;
} td_several;

/* part and report [n_arms - 1]; of a report the propensity's fields are filled: of P(arm | x), one
 * against all others. */
typedef td_status (*td_fit_arms_fn)(td_part *part, td_uplift_pair_report *report,
                                    const td_several *several, td_error *err);

typedef struct td_learner {
    td_uplift_spec spec;
    td_fit_fn fit;
    td_fit_arms_fn fit_arms; /* NULL = each arm by itself */
    td_effect_fn effect;
    int models_arms;  /* needs both outcomes in both arms when they are binary */
    int needs_binary; /* outcomes must be 0 or 1 */
    int uses_propensity;
    int keeps_propensity; /* of new rows: model[n_models] where it is estimated; where it is known
                             row by row, new rows have to bring it */
    uint32_t n_models;    /* that every part of it has, from model[0] on */
} td_learner;

extern const td_learner td_learner_t, td_learner_s, td_learner_transformed, td_learner_class,
    td_learner_x, td_learner_r, td_learner_dr, td_learner_dependent, td_learner_tree,
    td_learner_forest;

const td_learner *td_learner_of(td_uplift_learner learner);

/* out = the first model's answer: what most learners do with new rows. */
td_status td_effect_direct(double *out, const td_part *part, const td_new_rows *rows,
                           const td_exec *exec, td_error *err);

struct td_uplift_model {
    td_uplift_learner learner;
    int is_binary;
    uint32_t n_arms;
    char **arm;        /* [n_arms] */
    td_part *part;     /* [n_arms - 1] */
    char **propensity; /* [n_arms - 1] names of those that new rows bring; NULL = not wanted */
    uint32_t n_features;
    td_model_feature *feature; /* [n_features] names and kinds; levels stay empty */
};

/* Room for so many arms and features in a zeroed model, which td_uplift_model_free frees also after
 * a failure. */
td_status td_uplift_model_init(td_uplift_model *model, uint32_t n_arms, uint32_t n_features,
                               td_error *err) TD_MUST_USE;

#endif
