#!/usr/bin/python3
"""Write tests/oracle/stats_ranking.inc: what scikit-learn, scipy and numpy make of 1,000 random cases with ties.

    /usr/bin/python3 tests/oracle/make_stats_ranking.py > tests/oracle/stats_ranking.inc

6 to 40 rows, scores 0.0, 0.1 ... 0.9 (one digit a row), so nearly every row is tied. One line a case: labels, digits,
and ROC AUC, average precision, KS, log-loss, Brier score, partial AUC up to a false positive rate of 0.2 in McClish's
form (all scikit-learn), area below the Davis-Goadrich curve (scipy's quadrature of the interpolated precision),
miscalibration of the Brier score by Murphy's groups (numpy) and by isotonic regression (scikit-learn), mean gap of ten
equal-width bins (numpy). NAN where there is no value.
"""
import sys
import warnings

import numpy as np
from scipy.integrate import quad
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score, roc_curve

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20240915)


def pr_area(label, score):
    """Between two points of the curve true positives come evenly with rows: integrate tp / rows over recall."""
    area = tp = rows = 0.0
    for s in np.unique(score)[::-1]:
        block = label[score == s]
        dp, dt = block.sum(), len(block)
        if dp > 0:
            area += quad(lambda x: (tp + x) / (rows + x * dt / dp) if rows + x > 0 else dp / dt, 0, dp,
                         epsabs=1e-13, epsrel=1e-13)[0]
        tp, rows = tp + dp, rows + dt
    return area / label.sum()


def murphy(label, score):
    return sum((score == s).sum() * (s - label[score == s].mean()) ** 2 for s in np.unique(score)) / len(label)


def corp(label, score):
    fitted = IsotonicRegression(out_of_bounds="clip").fit(score, label).predict(score)
    return brier_score_loss(label, score) - np.mean((fitted - label) ** 2)


def ece(label, digit):
    return sum(abs(digit[digit == b].sum() / 10 - label[digit == b].sum()) for b in range(10)) / len(label)


def measure(label, digit):
    score = digit / 10
    fpr, tpr, _ = roc_curve(label, score, drop_intermediate=False)
    return [roc_auc_score(label, score), average_precision_score(label, score), np.max(np.abs(tpr - fpr)),
            log_loss(label, score, labels=[0, 1]), brier_score_loss(label, score),
            roc_auc_score(label, score, max_fpr=0.2), pr_area(label, score), murphy(label, score), corp(label, score),
            ece(label, digit)]


print(f"/* written by make_stats_ranking.py with scikit-learn {sys.modules['sklearn'].__version__} */")
done = 0
while done < 1000:
    n = rng.integers(6, 41)
    digit = rng.integers(0, rng.integers(2, 11), n)
    label = (rng.random(n) < 0.1 + 0.07 * digit).astype(int)
    if label.sum() in (0, n):
        continue
    values = ", ".join(f"{v:.14g}" for v in measure(label, digit))
    print(f'{{"{"".join(map(str, label))}", "{"".join(map(str, digit))}", {{{values}}}}},')
    done += 1
