/* cli/power_options.c: what `tundish power` can be told.
 *
 * Most numbers are kept as text (TD_OPT_TEXT) until a kind reads them by td_power_number: an
 * effect, a size or a power that is *not given* is what the command solves for, and no number can
 * say "not given". Those with a default that means the same to every kind are read by the table. */
#include "cli/power.h"

#define AT(field) offsetof(td_power_options, field)

static const td_option own_options[] = {
    {"p1", "P", NULL,
     "proportions: conversion of the control arm, or the known one of --one-sample", AT(p1),
     TD_OPT_TEXT, 0, 0, 0},
    {"p2", "P", NULL, "proportions: conversion of the treatment arm", AT(p2), TD_OPT_TEXT, 0, 0, 0},
    {"lift", "L", NULL, "effect relative to the control: 0.2 = 20 % more (instead of --p2)",
     AT(lift), TD_OPT_TEXT, 0, 0, 0},
    {"effect", "E", NULL, "means, ratio: difference of the arms (instead of --lift)", AT(effect),
     TD_OPT_TEXT, 0, 0, 0},
    {"n", "N", NULL, "units in the control arm; asks for the power, or without effect for that",
     AT(n), TD_OPT_TEXT, 0, 0, 0},
    {"power", "P", NULL, "chance of finding the effect if it is there (default: 0.8)", AT(power),
     TD_OPT_TEXT, 0, 0, 0},
    {"alpha", "A", "0.05", "chance of a false alarm if there is no effect", AT(alpha), TD_OPT_REAL,
     0, 0, 0.5},
    {"alternative", "two-sided|one-sided|greater|less", "two-sided",
     "one-sided: only the direction of the effect counts (greater, less: and is checked)",
     AT(alternative), TD_OPT_CHOICE, 0, 0, 0},
    {"ratio", "R", "1", "units in the treatment arm for each one in control", AT(ratio),
     TD_OPT_REAL, 0, 0, 0},
    {"margin", "M", NULL,
     "proportions: non-inferiority, treatment may lose up to M of conversion (0.001 = 0.1 points)",
     AT(margin), TD_OPT_TEXT, 0, 0, 0},
    {"method", "LIST", NULL,
     "proportions: of pooled,strict,unpooled,arcsine,continuity,baseline,exact; one sample: of "
     "normal,unpooled,arcsine,exact (default: all)",
     AT(method), TD_OPT_TEXT, 0, 0, 0},
    {"mean", "M", NULL, "means: mean of the control arm, for --lift", AT(mean), TD_OPT_TEXT, 0, 0,
     0},
    {"sd", "S", NULL, "means: standard deviation in an arm", AT(sd), TD_OPT_TEXT, 0, 0, 0},
    {"d", "D", NULL, "means: effect in standard deviations, Cohen's d", AT(d), TD_OPT_TEXT, 0, 0,
     0},
    {"one-sample", NULL, NULL,
     "means: one sample, or paired differences; proportions: one sample against --p1",
     AT(is_one_sample), TD_OPT_FLAG, 0, 0, 0},
    {"numerator-mean", "M", NULL, "ratio: mean of the numerator per unit, e.g. purchases",
     AT(numerator_mean), TD_OPT_TEXT, 0, 0, 0},
    {"numerator-sd", "S", NULL, "ratio: its standard deviation", AT(numerator_sd), TD_OPT_TEXT, 0,
     0, 0},
    {"denominator-mean", "M", NULL, "ratio: mean of the denominator per unit, e.g. sessions",
     AT(denominator_mean), TD_OPT_TEXT, 0, 0, 0},
    {"denominator-sd", "S", NULL, "ratio: its standard deviation", AT(denominator_sd), TD_OPT_TEXT,
     0, 0, 0},
    {"correlation", "C", NULL, "ratio: correlation of numerator and denominator over units",
     AT(correlation), TD_OPT_TEXT, 0, 0, 0},
    {"icc", "C", NULL, "intra-class correlation of units within a cluster", AT(icc), TD_OPT_TEXT, 0,
     0, 0},
    {"cluster-size", "M", NULL, "units per cluster, for --icc", AT(cluster_size), TD_OPT_TEXT, 0, 0,
     0},
    {"per-day", "N", NULL, "units that enter the experiment a day, all arms: gives days",
     AT(per_day), TD_OPT_TEXT, 0, 0, 0},
    {"data", "DIR", NULL, "a shop folder: baseline, units a day and ICC from its log", AT(data),
     TD_OPT_TEXT, 0, 0, 0},
    {"unit", "visitor|session", "visitor",
     "what --data counts; visitors are randomised in any case", AT(unit), TD_OPT_CHOICE, 0, 0, 0},
    {"gap", "SECONDS", "1800", "of --data: a longer pause starts a session", AT(gap_s),
     TD_OPT_WHOLE, 0, 0, 1e9},
    {"looks", "K", "1", "looks planned, equally far apart; the experiment may stop at each",
     AT(looks), TD_OPT_WHOLE, 0, 1, 1000},
    {"sequential", "NAME", "lan-demets-obrien-fleming",
     "bounds of the looks: obrien-fleming, pocock, lan-demets-obrien-fleming or lan-demets-pocock",
     AT(sequential), TD_OPT_TEXT, 0, 0, 0},
    {"curve-out", "FILE", NULL, "write the curve as FILE.csv or FILE.svg (implies --curve)",
     AT(curve_out), TD_OPT_TEXT, 0, 0, 0},
    {"curve", NULL, NULL, "also the power at a range of sizes", AT(has_curve), TD_OPT_FLAG, 0, 0,
     0},
};

const td_usage td_usage_power = {
    TD_USAGE_ONE_PATH("proportions|means|ratio"),
    TD_USAGE_OWN(own_options, td_power_options),
    TD_USAGE_CLEANING(AT(cleaning)),
    .notes =
        "Give two of size, power and effect; the third is the answer. Sizes are per control arm.\n"
        "Which method at conversions around 1 %? `pooled` is the size for the usual z test and\n"
        "for Miettinen-Nurminen intervals. `continuity` is the size for Fisher's test, `exact`\n"
        "counts every outcome of it (up to n1 * n2 = 10^7). `baseline` is what web calculators\n"
        "show; it is too small when the effect is an increase. Formulas: docs/experiments.md.",
    .examples = "  tundish power proportions --p1 0.0084 --lift 0.2 --per-day 10000\n"
                "  tundish power proportions --p1 0.10 --n 4000 --power 0.9\n"
                "  tundish power proportions --data shop --lift 0.1 --unit session --curve\n"
                "  tundish power proportions --p1 0.02 --p2 0.02 --margin 0.002\n"
                "  tundish power proportions --p1 0.0084 --lift 0.2 --looks 5\n"
                "  tundish power proportions --one-sample --p1 0.02 --p2 0.05 --power 0.9\n"
                "  tundish power means --mean 31.5 --sd 80 --lift 0.05\n"
                "  tundish power ratio --data shop --lift 0.1",
};
