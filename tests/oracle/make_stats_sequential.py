"""Write tests/oracle/stats_sequential.h: bounds and crossing chances of random sequential plans.

    /usr/bin/python3 tests/oracle/make_stats_sequential.py > tests/oracle/stats_sequential.h

Independent of the library: one Gauss-Legendre rule of 600 nodes over the whole continuation region of each look
(numpy), bounds by scipy's brentq. Spending functions after Lan and DeMets 1983.
"""
import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

X, W = np.polynomial.legendre.leggauss(600)


def paths(times, bounds, drift, one_sided):
    node, mass, t0 = np.zeros(1), np.ones(1), 0.0
    for t, c in zip(times, bounds):
        high = min(c * np.sqrt(t), drift * t + 9 * np.sqrt(t))
        low = drift * t - 9 * np.sqrt(t)
        if not one_sided:
            low = max(low, -c * np.sqrt(t))
        s = 0.5 * (high - low) * X + 0.5 * (high + low)
        sd = np.sqrt(t - t0)
        g = (norm.pdf((s[:, None] - node[None, :] - drift * (t - t0)) / sd) / sd) @ mass
        node, mass, t0 = s, g * 0.5 * (high - low) * W, t
    return node, mass, t0


def tail(state, t, level, drift, side):
    node, mass, t0 = state
    sd = np.sqrt(t - t0)
    return float(norm.cdf(side * (node + drift * (t - t0) - level) / sd) @ mass)


def crossing(times, bounds, drift, one_sided):
    up, down = [], []
    for k, t in enumerate(times):
        state = paths(times[:k], bounds[:k], drift, one_sided)
        up.append(tail(state, t, bounds[k] * np.sqrt(t), drift, 1))
        down.append(0.0 if one_sided else tail(state, t, -bounds[k] * np.sqrt(t), drift, -1))
    return up, down


def spend(kind, a, t):
    if kind == 3:
        return a * np.log1p((np.e - 1) * t)
    return 2 * norm.cdf(norm.ppf(a / 2) / np.sqrt(t))


def solve(kind, alpha, one_sided, times):
    a = alpha if one_sided else alpha / 2
    if kind in (2, 3):
        out, before = [], 0.0
        for k, t in enumerate(times):
            state = paths(times[:k], out, 0.0, one_sided)
            want = spend(kind, a, t) - before
            before += want
            out.append(brentq(lambda c: tail(state, t, c * np.sqrt(t), 0.0, 1) - want, 0, 12, xtol=1e-13))
        return out
    shape = (lambda c: [c / np.sqrt(t) for t in times]) if kind == 0 else (lambda c: [c] * len(times))
    total = lambda c: sum(map(sum, crossing(times, shape(c), 0.0, one_sided))) - alpha
    return shape(brentq(total, norm.ppf(1 - a) - 1e-6, 6, xtol=1e-13))


rng = np.random.default_rng(20240607)
print("/* tests/oracle/stats_sequential.h: written by make_stats_sequential.py. */")
print("#ifndef TD_TESTS_ORACLE_STATS_SEQUENTIAL_H\n#define TD_TESTS_ORACLE_STATS_SEQUENTIAL_H\n")
print("typedef struct oracle_looks_row {\n    int boundary, is_one_sided, n;\n    double alpha, drift;")
print("    double information[6], bound[6], upper[6], lower[6];\n} oracle_looks_row;\n")
print("static const oracle_looks_row oracle_looks[] = {")
for i in range(24):
    kind, one_sided, n = i % 4, int(rng.integers(2)), int(rng.integers(2, 7))
    alpha = [0.05, 0.01, 0.1][i % 3]
    times = np.sort(rng.choice(np.arange(5, 100), n - 1, replace=False)) / 100
    times = [float(t) for t in times] + [1.0]
    drift = round(float(rng.uniform(0, 4)), 2)
    bounds = solve(kind, alpha, one_sided, times)
    up, down = crossing(times, bounds, drift, one_sided)
    row = lambda values: "{" + ", ".join(repr(float(v)) for v in values) + "}"
    print("    {%d, %d, %d, %r, %r,\n     %s,\n     %s,\n     %s,\n     %s}," % (
        kind, one_sided, n, alpha, drift, row(times), row(bounds), row(up), row(down)))
print("};\n\n#endif")
