#!/usr/bin/python3
"""Write tests/oracle/stats_sklearn.h: a small data set and what scikit-learn 1.2 and numpy make of it.

    /usr/bin/python3 tests/oracle/make_stats_sklearn.py > tests/oracle/stats_sklearn.h

Ranking: 60 scores on a grid of 0.05 (heavy ties). Logistic: 3 columns (one on a scale of 1e6, one with
holes), weights; the coefficients come from scikit-learn's LogisticRegression on columns standardised
here, the standard errors from numpy's inverse of the Hessian: no code is shared with stats/.
"""
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score, roc_curve

rng = np.random.default_rng(20240501)
N = 60


def array(name, values):
    body = ", ".join("NAN" if np.isnan(v) else repr(float(v)) for v in values)
    print(f"static const double {name}[] = {{{body}}};")


def number(name, value):
    print(f"#define {name} {float(value)!r}")


def ranking():
    score = np.round(rng.integers(0, 21, N) * 0.05, 2)
    label = (rng.random(N) < 0.1 + 0.6 * score).astype(float)
    fpr, tpr, _ = roc_curve(label, score, drop_intermediate=False)
    array("oracle_score", score)
    array("oracle_label", label)
    number("ORACLE_AUC", roc_auc_score(label, score))
    number("ORACLE_AP", average_precision_score(label, score))
    number("ORACLE_KS", np.max(np.abs(tpr - fpr)))
    number("ORACLE_LOG_LOSS", log_loss(label, score))
    number("ORACLE_BRIER", brier_score_loss(label, score))


def logistic():
    x = np.column_stack([rng.normal(3, 2, N), rng.normal(1e9, 1e6, N), rng.exponential(1, N)])
    x = np.round(x, 3)
    x[:, 1] = np.round(x[:, 1])
    x[rng.random(N) < 0.25, 2] = np.nan
    true = -1 + 0.5 * (x[:, 0] - 3) + (x[:, 1] - 1e9) / 1e6 + np.where(np.isnan(x[:, 2]), 0.7, x[:, 2])
    y = (rng.random(N) < 1 / (1 + np.exp(-true))).astype(float)
    w = rng.integers(1, 5, N) / 2.0
    for j in range(3):
        array(f"oracle_x{j}", x[:, j])
    array("oracle_y", y)
    array("oracle_w", w)
    for l2, tag in ((0.0, "ml"), (2.5, "ridge")):
        fit(x, y, w, l2, tag)


def fit(x, y, w, l2, tag):
    hole = np.isnan(x[:, 2])
    mean = np.array([np.average(x[~np.isnan(x[:, j]), j], weights=w[~np.isnan(x[:, j])]) for j in range(3)])
    full = np.column_stack([np.where(np.isnan(x), mean, x), hole])
    center = np.average(full, axis=0, weights=w)
    scale = np.sqrt(np.average((full - center) ** 2, axis=0, weights=w))
    z = (full - center) / scale
    model = LogisticRegression(penalty="l2" if l2 else None, C=1 / l2 if l2 else 1.0, solver="newton-cholesky",
                               tol=1e-13, max_iter=1000).fit(z, y, sample_weight=w)
    coef = model.coef_[0] / scale
    array(f"oracle_{tag}_coef", coef)
    p = model.predict_proba(z)[:, 1]
    number(f"ORACLE_{tag.upper()}_INTERCEPT", model.intercept_[0] - coef @ center)
    number(f"ORACLE_{tag.upper()}_DEVIANCE", -2 * np.sum(w * np.where(y == 1, np.log(p), np.log(1 - p))))
    array(f"oracle_{tag}_p", p[:5])
    design = np.column_stack([np.ones(N), z])
    hessian = design.T @ (design * (w * p * (1 - p))[:, None]) + np.diag([0.0] + [l2] * 4)
    covariance = np.linalg.inv(hessian)
    array(f"oracle_{tag}_se", np.sqrt(np.diag(covariance))[1:] / scale)
    g = np.concatenate([[1.0], -center / scale])
    number(f"ORACLE_{tag.upper()}_INTERCEPT_SE", np.sqrt(g @ covariance @ g))


print("/* tests/oracle/stats_sklearn.h: written by make_stats_sklearn.py. */")
print("#ifndef TD_TESTS_ORACLE_STATS_SKLEARN_H\n#define TD_TESTS_ORACLE_STATS_SKLEARN_H\n\n#include <math.h>\n")
print(f"enum {{ ORACLE_N = {N} }};")
ranking()
logistic()
print("\n#endif")
