/* cli/uplift_evaluate_options.c: what `tundish uplift evaluate` can be told.
 *
 * The table is both the parser and the help (opt.h). Tops of a ranking are shares of the rows, in
 * per cent or as a number. No file is read here. */
#include "cli/uplift_evaluate_options.h"

#include <string.h>

#include "cli/uplift_options.h"

typedef td_uplift_evaluate_options options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"treatment", "COL", NULL, "column that says who was treated: 0 and 1, or see --arms",
     AT(columns.treatment), TD_OPT_TEXT, 1, 0, 0},
    {"outcome", "COL", NULL, "column of what happened: 0 and 1, or an amount (revenue)",
     AT(columns.outcome), TD_OPT_TEXT, 1, 0, 0},
    {"score", "COL,...", NULL,
     "columns of the scores; higher = treat first. With several arms S stands for S_ARM",
     AT(columns.score), TD_OPT_TEXT, 1, 0, 0},
    {"arms", "CONTROL,ARM,...", NULL,
     "values of the treatment, the control first; rows of other arms are left out. With several "
     "each is judged against the control; the control alone = all other values",
     AT(columns.arms), TD_OPT_TEXT, 0, 0, 0},
    TD_OPTION_POSITIVE(AT(columns.positive)),
    {"propensity", "E|COL", NULL,
     "chance of being treated: one number, or a column (default: the treated share); of several "
     "arms one each, among the rows of the arm and the control",
     AT(columns.propensity), TD_OPT_TEXT, 0, 0, 0},
    {"cluster", "COL", NULL,
     "rows of one value belong together (sessions of a visitor): they are drawn together",
     AT(columns.cluster), TD_OPT_TEXT, 0, 0, 0},
    {"k", "SHARES", NULL, "tops of the ranking (default: 5%,10%,20%,30%,50%)", AT(k), TD_OPT_TEXT,
     0, 0, 0},
    {"replicates", "N", "-1",
     "random draws behind the intervals; 0 = none, -1 = 1000 up to 200,000 rows, 200 up to 5 "
     "million, none beyond",
     AT(replicates), TD_OPT_WHOLE, 0, -1, 100000},
    {"level", "SHARE", "0.95", "confidence of the intervals and of the random scores' band",
     AT(level), TD_OPT_REAL, 0, 0.5, 0.9999},
    {"figures", "DIR", NULL,
     "draw qini.svg and uplift_by_tenth.svg into this folder (of several arms: into arm_1, arm_2 "
     "... in it)",
     AT(figures), TD_OPT_TEXT, 0, 0, 0},
};

const td_usage td_usage_uplift_evaluate = {
    TD_USAGE_OWN(own_options, options),
    TD_USAGE_SHARED(td_data_options, TD_N_DATA_OPTIONS, AT(format)),
    .notes =
        "Qini: the area between the curve of what is gained by treating from the top of the\n"
        "ranking down, and a straight line. Other systems define curve, area and scale each in\n"
        "their own way, so their numbers cannot be compared; all are printed, each by its name,\n"
        "equal to that system's on rows without ties and independent of the order of the rows.\n"
        "\n"
        "A random score never has a Qini of exactly 0 on a sample. `random scores` is the band\n"
        "that 95 % of them reach on these rows: a Qini inside it says nothing. `rows needed`: at\n"
        "which this Qini would be told from 0 with a chance of 80 %. Rows are of an\n"
        "experiment: treatment was assigned by chance (or --propensity says with which chance).",
    .examples =
        "  tundish uplift evaluate --data rct.csv --treatment treated --outcome bought --score "
        "tau\n"
        "  tundish uplift evaluate --data rct.csv --treatment w --outcome revenue \\\n"
        "      --score t_learner,x_learner --cluster visitorid --k 10%,25% --json -\n"
        "  tundish uplift evaluate --data mail.csv --treatment segment --arms 'No E-Mail,Womens "
        "E-Mail' \\\n"
        "      --outcome visit --score tau --figures figures\n"
        "  tundish uplift evaluate --data mail.csv --treatment segment --arms 'No E-Mail' \\\n"
        "      --outcome visit --score uplift",
};

/* "10%" or "0.1" of the rows. */
static td_status read_share(double *share, const char *text, td_error *err) {
    size_t n = strlen(text);
    char number[32] = "";
    int is_percent = n > 1 && text[n - 1] == '%';
    if (n < sizeof number) memcpy(number, text, is_percent ? n - 1 : n);
    TD_CHECK(td_text_is_real(number, share), err, TD_ERR_ARG,
             "--k: '%s' is not a share such as 10%% or 0.1", text);
    if (is_percent) *share /= 100;
    TD_CHECK(*share > 0 && *share <= 1, err, TD_ERR_ARG,
             "--k: '%s' is not above 0%% and up to 100%%", text);
    return TD_OK;
}

td_status td_uplift_cuts_read(td_uplift_cuts *out, const char *text, td_arena *arena,
                              td_error *err) {
    const char *const *piece = NULL;
    *out = td_uplift_cuts_default();
    if (text == NULL) return TD_OK;
    TD_TRY(td_list_split(&piece, &out->n, text, "k", arena, err));
    TD_CHECK(out->n <= TD_MAX_UPLIFT_CUTS, err, TD_ERR_ARG, "--k: at most %d shares",
             TD_MAX_UPLIFT_CUTS);
    for (uint32_t i = 0; i < out->n; i++) TD_TRY(read_share(&out->share[i], piece[i], err));
    return TD_OK;
}
