#!/usr/bin/python3
"""scikit-learn's metrics beside build/bench/bench_bootstrap, on scores of the same law.

    /usr/bin/python3 bench/peers_metrics.py [rows=1000000] [rate=0.008]

Best of three, seconds: ROC AUC, average precision, KS off the ROC curve, log-loss, Brier score, and what 200 paired
bootstrap replicates of these for two scores would take (three replicates measured).
"""
import sys
import time

import numpy as np
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score, roc_curve

given = dict(a.split("=") for a in sys.argv[1:])
n, rate = int(float(given.get("rows", 1e6))), float(given.get("rate", 0.008))
rng = np.random.default_rng(1)
label = (rng.random(n) < rate).astype(int)
shared = rng.normal(size=n) + 1.5 * label
score = [1 / (1 + np.exp(5 - shared - 0.5 * rng.normal(size=n))) for _ in range(2)]


def ks(y, s):
    fpr, tpr, _ = roc_curve(y, s)
    return np.max(np.abs(tpr - fpr))


def best(task, times=3):
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        task()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def replicate():
    pick = rng.integers(0, n, n)
    for s in score:
        for metric in (roc_auc_score, average_precision_score, ks, log_loss, brier_score_loss):
            metric(label[pick], s[pick])


total = 0.0
for name, metric in (("ROC AUC", roc_auc_score), ("average precision", average_precision_score), ("KS", ks),
                     ("log-loss", log_loss), ("Brier score", brier_score_loss)):
    seconds = best(lambda: metric(label, score[0]))
    total += seconds if name in ("ROC AUC", "average precision", "KS") else 0
    print(f"{name:28} {seconds:.3f} s")
print(f"{'AUC + AP + KS':28} {total:.3f} s")
print(f"{'200 paired replicates':28} {200 * best(replicate):.0f} s")
