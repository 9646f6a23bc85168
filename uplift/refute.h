/* uplift/refute.h: does the method find an effect where none can be, and stay where it must?
 *
 *     placebo        arms dealt out anew: the mean effect and every difference must vanish
 *     random cause   one more feature that means nothing: effects must stay as they were */
#ifndef TD_UPLIFT_REFUTE_H
#define TD_UPLIFT_REFUTE_H

#include "uplift/nuisance.h"

typedef enum td_refute_kind { TD_REFUTE_PLACEBO, TD_REFUTE_RANDOM_CAUSE } td_refute_kind;

typedef struct td_refute_job { /* all borrowed */
    const td_uplift_data *data;
    const td_uplift_params *params;
    uint32_t n_folds;     /* of td_uplift_crosspredict */
    const double *effect; /* [rows of data] of the same learner on the data as it is */
    double level;
} td_refute_job;

typedef struct td_refutation {
    td_effect_estimate mean;    /* doubly robust mean effect */
    td_effect_estimate loading; /* of the best linear predictor; value NaN when all effects are
                                   equal: nothing was found */
    double mean_predicted;      /* of the learner's effects */
    td_metric correlation;      /* of the learner's effects with those of the data as it is */
} td_refutation;

/* Once; `draw` names the random numbers (0, 1, ...). Errors of td_uplift_fit. Costs n_folds fits
 * and a td_nuisance_fit. */
td_status td_uplift_refute(td_refutation *out, td_refute_kind kind, const td_refute_job *job,
                           uint32_t draw, const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
