#!/usr/bin/python3
"""Write tests/oracle/stats_proportion.h: tests and intervals of random 2x2 tables by scipy 1.10 and statsmodels 0.13.

    /usr/bin/python3 tests/oracle/make_stats_proportion.py > tests/oracle/stats_proportion.h

Where a library is wrong its value is not used: statsmodels' score interval for a difference (its issue 10269) is
replaced by the definition itself, solved here with mpmath: the constrained maximum of the likelihood by a search over
p2, the limits by bisection. scipy's barnard_exact compares z in floating point and misses tables whose z is equal
(the mirrored one of [[7, 12], [8, 3]]: .03408 for .03411), and its search may stop at a local maximum, so barnard and
boschloo are recomputed here with z compared in whole numbers on a fine grid with a bounded search around its best point, tables counted one by one.
"""
import numpy as np
from mpmath import mp, mpf, sqrt as msqrt
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

mp.dps = 40
Z = mpf(2) ** mpf("0.5") * mp.erfinv(mpf("0.95"))


def constrained_p2(x1, n1, x2, n2, d):
    low, high = max(mpf(0), -d), min(mpf(1), 1 - d)

    def slope(p):
        total = mpf(0)
        for x, n, q in ((x1, n1, p + d), (x2, n2, p)):
            total += (x / q if x else 0) - ((n - x) / (1 - q) if n > x else 0)
        return total

    for _ in range(140):
        middle = (low + high) / 2
        if slope(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def miettinen_nurminen(x1, n1, x2, n2):
    hat = mpf(x1) / n1 - mpf(x2) / n2

    def excess(d, side):
        p2 = constrained_p2(x1, n1, x2, n2, d)
        p1 = p2 + d
        v = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * mpf(n1 + n2) / (n1 + n2 - 1)
        return side * (d - hat) - Z * msqrt(max(v, mpf(0)))

    limits = []
    for side in (-1, 1):
        inner, outer = hat, mpf(side)
        for _ in range(90):
            middle = (inner + outer) / 2
            if excess(middle, side) < 0:
                inner = middle
            else:
                outer = middle
        limits.append(inner)
    return limits


def sup(mask, n1, n2):
    def value(p):
        return float(stats.binom.pmf(np.arange(n1 + 1), n1, p) @ mask @ stats.binom.pmf(np.arange(n2 + 1), n2, p))

    grid = np.sin(np.linspace(0, np.pi / 2, 2001)) ** 2
    at = np.array([value(p) for p in grid])
    best = at.max()
    for i in np.argsort(-at)[:6]:
        low, high = grid[max(i - 1, 0)], grid[min(i + 1, 2000)]
        found = optimize.minimize_scalar(lambda p: -value(p), bounds=(low, high), method="bounded", options={"xatol": 1e-14})
        best = max(best, -found.fun)
    return min(best, 1.0)


def barnard(x1, n1, x2, n2):
    i, j = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
    top = (i * n2 - j * n1).astype(object)
    m = (i + j).astype(object)
    seen, seen_m, n = x1 * n2 - x2 * n1, x1 + x2, n1 + n2
    extreme = (top * top * (seen_m * (n - seen_m)) >= seen * seen * (m * (n - m))) & (top != 0)
    masks = extreme.astype(float), (extreme & (top > 0)).astype(float)
    return (sup(masks[0], n1, n2) if seen != 0 else 1.0), (sup(masks[1], n1, n2) if seen > 0 else 1.0)


def boschloo(x1, n1, x2, n2):
    i, j = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
    less = stats.hypergeom.cdf(i, n1 + n2, i + j, n1)
    greater = stats.hypergeom.sf(i - 1, n1 + n2, i + j, n1)
    sides = [sup((f <= f[x1, x2] * (1 + 1e-11)).astype(float), n1, n2) for f in (greater, less)]
    return min(1.0, 2 * min(sides)), sides[0]


def row(x1, n1, x2, n2):
    table = [[x1, x2], [n1 - x1, n2 - x2]]
    chi2 = [stats.chi2_contingency(table, correction=c)[1] for c in (False, True)]
    fisher = [stats.fisher_exact([[x1, n1 - x1], [x2, n2 - x2]], alternative=a)[1] for a in ("two-sided", "greater")]
    ci = []
    for method in ("wald", "newcomb", "agresti-caffo"):
        ci += confint_proportions_2indep(x1, n1, x2, n2, compare="diff", method=method)
    rates = []
    for method in ("wilson", "jeffreys", "beta", "agresti_coull"):
        rates += proportion_confint(x1, n1, method=method)
    values = [x1, n1, x2, n2, *chi2, *fisher, *barnard(x1, n1, x2, n2), *boschloo(x1, n1, x2, n2)]
    values += ci + miettinen_nurminen(x1, n1, x2, n2) + rates
    # P(p2 > p1) under Beta(1, 1) by adaptive quadrature
    b1, b2 = stats.beta(1 + x1, 1 + n1 - x1), stats.beta(1 + x2, 1 + n2 - x2)
    mean, sd = b2.mean(), b2.std()
    chance = stats.beta.expect(lambda p: b1.cdf(p), (1 + x2, 1 + n2 - x2), epsabs=1e-12, limit=500,
                               lb=max(0, mean - 14 * sd), ub=min(1, mean + 14 * sd))
    values.append(chance)
    text = [repr(float(v)) for v in values]
    pairs = ["{" + ", ".join(text[i:i + 2]) + "}" for i in range(12, 28, 2)]
    print("    {" + ", ".join(text[:12] + pairs + text[28:]) + "},")


print("/* tests/oracle/stats_proportion.h: written by make_stats_proportion.py. */")
print("#ifndef TD_TESTS_ORACLE_STATS_PROPORTION_H\n#define TD_TESTS_ORACLE_STATS_PROPORTION_H\n")
print("typedef struct oracle_table {\n    double x1, n1, x2, n2;\n    double z, yates, fisher, fisher_greater;")
print("    double barnard, barnard_greater, boschloo, boschloo_greater;")
print("    double wald[2], newcombe[2], agresti_caffo[2], miettinen_nurminen[2];")
print("    double wilson[2], jeffreys[2], clopper_pearson[2], agresti_coull[2];\n    double chance;\n} oracle_table;\n")
print("static const oracle_table oracle_tables[] = {")
rng = np.random.default_rng(20240701)
cases = [(9, 10, 3, 10), (7, 34, 1, 34), (1, 12, 5, 9)]
for size in (8, 15, 40, 40, 90):
    for _ in range(3):
        n1, n2 = rng.integers(size // 2, size + 1, 2)
        x1, x2 = rng.integers(1, n1), rng.integers(1, n2)
        cases.append((x1, n1, x2, n2))
for case in cases:
    row(*(int(v) for v in case))
print("};\n\n#endif")
