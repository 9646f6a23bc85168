#!/usr/bin/python3
"""Weighted and clustered inference about effects, by statsmodels and numpy.

Prints the values that tests/unit/test_uplift_inference.c holds. Debian 12: python3-statsmodels 0.13.5. Means: WLS on a
constant with cov_type "cluster", whose correction G / (G - 1) (n - 1) / (n - k) is G / (G - 1) for k = 1. Regressions: CR3,
by fitting again without each cluster, sum of (b_(g) - b)(b_(g) - b)'. Groups: their means, and influence sums by cluster.
"""
import numpy as np
import statsmodels.api as sm
from scipy import stats

y = np.array([1, 0, 2, 3, 1, 5, 2, 4, 0, 6, 3, 7.0])
w = np.array([0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1.0])
e = np.array([.5, .4, .3, .6, .5, .5, .2, .7, .4, .6, .5, .8])
mu0 = np.array([.5, .2, 1.5, 2, 1, 3, 2.5, 3, .1, 4, 2, 5])
mu1 = np.array([1, 1.2, 1.7, 3.2, 1.3, 4.5, 2.6, 4, .5, 6, 2.8, 7.2])
effect = np.array([.4, .9, .1, 1, .5, 1.2, .2, 1.1, .3, 1.8, .6, 2])
weight = np.array([1, 2, .5, 1, 3, 1, 1, 2, 1, .5, 1, 2])
cluster = np.array([0, 4, 4, 1, 2, 0, 1, 6, 5, 2, 5, 6])  # 3 has no row
score = mu1 - mu0 + (w - e) / (e * (1 - e)) * (y - np.where(w > 0, mu1, mu0))


def mean(x, weight, cluster):
    fit = sm.WLS(x, np.ones(len(x)), weights=weight).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    return fit.params[0], fit.bse[0]


def regression(x, y, weight):
    b = sm.WLS(y, x, weights=weight).fit().params
    cov = 0
    for g in np.unique(cluster):
        keep = cluster != g
        off = sm.WLS(y[keep], x[keep], weights=weight[keep]).fit().params - b
        cov = cov + np.outer(off, off)
    return b, np.sqrt(np.diag(cov))


def show(name, *values):
    print(f"{name:24}", *(f"{v:.16g}" for v in values))


show("mean", *mean(score, weight, cluster))
s = effect - np.average(effect, weights=weight)
b, se = regression(np.column_stack([np.ones(12), w - e, (w - e) * s, mu0, s]), y, weight / (e * (1 - e)))
show("blp mean, loading", b[1], se[1], b[2], se[2])
b, se = regression(np.column_stack([np.ones(12), effect]), score, weight)
show("calibration", b[0], se[0], b[1], se[1])

# three groups of equal weight, by the middle of a row's own; influence sums by cluster; Wald test of R value = 0
K = 3
order = np.argsort(effect)
middle = np.cumsum(weight[order]) - weight[order] / 2
group = np.empty(12, int)
group[order] = np.floor(K * middle / weight.sum())
psi = np.zeros((7, K))
value, scale = np.zeros(K), np.zeros(K)
for k in range(K):
    rows = group == k
    value[k], se = mean(score[rows], weight[rows], cluster[rows])
    met = len(np.unique(cluster[rows]))
    scale[k] = np.sqrt(met / (met - 1)) / weight[rows].sum()
    np.add.at(psi[:, k], cluster[rows], weight[rows] * (score[rows] - value[k]))
    show(f"group {k}", rows.sum(), weight[rows].sum(), np.average(effect[rows], weights=weight[rows]), value[k], se)
cov = psi.T @ psi * np.outer(scale, scale)
R = np.array([[-1, 0, 1], [-1, 1, 0]])
show("difference", R[0] @ value, np.sqrt(R[0] @ cov @ R[0]))
wald = R @ value @ np.linalg.solve(R @ cov @ R.T, R @ value)
show("chi2", wald, stats.chi2.sf(wald, K - 1))

m = np.average(score, weights=weight)
mean_y = e * mu1 + (1 - e) * mu0
dr = (score - effect) ** 2, (score - m) ** 2
r = (y - mean_y - (w - e) * effect) ** 2, (y - mean_y - (w - e) * m) ** 2
show("dr loss, gain", np.average(dr[0], weights=weight), *mean(dr[1] - dr[0], weight, cluster))
show("r loss, gain", np.average(r[0], weights=weight), *mean(r[1] - r[0], weight, cluster))
