#!/usr/bin/python3
"""Write tests/oracle/stats_drift.h: two small samples and what scipy makes of them.

    /usr/bin/python3 tests/oracle/make_stats_drift.py > tests/oracle/stats_drift.h

KS distance: scipy.stats.ks_2samp. Jensen-Shannon: scipy.spatial.distance.jensenshannon in base 2 on the counts in the
groups that numpy cuts at the baseline's deciles (method inverted_cdf). PSI: numpy on the same counts. Quantiles of
the noncentral chi-square, which the interval inverts: scipy.stats.ncx2.
"""
import textwrap

import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp, ncx2

rng = np.random.default_rng(20240801)
first = np.round(rng.exponential(1, 150), 2)
second = np.round(rng.exponential(1.4, 90) + 0.1, 2)


def array(name, values):
    print(f"static const double {name}[] = {{")
    print(textwrap.fill(", ".join(repr(float(v)) for v in values), 98, initial_indent="    ", subsequent_indent="    "))
    print("};")


def number(name, value):
    print(f"#define {name} {float(value)!r}")


edges = np.unique(np.quantile(first, np.arange(1, 10) / 10, method="inverted_cdf"))
counts = [np.diff(np.concatenate([[0], np.searchsorted(np.sort(s), edges, side="right"), [len(s)]]))
          for s in (first, second)]
p, q = counts[0] / len(first), counts[1] / len(second)
print("/* tests/oracle/stats_drift.h: written by make_stats_drift.py. */")
print("#ifndef TD_TESTS_ORACLE_STATS_DRIFT_H\n#define TD_TESTS_ORACLE_STATS_DRIFT_H\n")
print(f"enum {{ DRIFT_N = {len(first)}, DRIFT_M = {len(second)} }};")
array("drift_first", first)
array("drift_second", second)
number("DRIFT_KS", ks_2samp(first, second).statistic)
number("DRIFT_JS", jensenshannon(p, q, 2))
number("DRIFT_PSI", np.sum((q - p) * np.log(q / p)))
array("drift_ncx2", [ncx2.ppf(0.975, 9, 0), ncx2.ppf(0.975, 9, 20), ncx2.ppf(0.025, 9, 20), ncx2.ppf(0.025, 9, 400)])
print("\n#endif")
