#!/usr/bin/python3
"""Write tests/oracle/stats_calibrate.h: calibration curves of scikit-learn 1.2 and scipy.

    /usr/bin/python3 tests/oracle/make_stats_calibrate.py > tests/oracle/stats_calibrate.h

120 scores on a grid (ties). Isotonic: sklearn.isotonic. Platt: scipy minimises the log-loss with Platt's targets
(sklearn's own _SigmoidCalibration stops at 1e-5). Beta: sklearn's unpenalised logistic regression on
(ln s, -ln(1 - s)); temperature: scipy's bounded search in one parameter.
"""
import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(20240701)
N = 120
score = np.round(rng.uniform(0.02, 0.98, N), 2)
label = (rng.random(N) < 0.05 + 0.8 * score ** 2).astype(float)
probe = np.array([0.0, 0.013, 0.1, 0.255, 0.5, 0.777, 0.9, 1.0])


def array(name, values):
    print(f"static const double {name}[] = {{{', '.join(repr(float(v)) for v in values)}}};")


def loss(target, eta):
    return np.sum(np.logaddexp(0, eta) - target * eta)


positives = label.sum()
target = np.where(label == 1, (positives + 1) / (positives + 2), 1 / (N - positives + 2))
platt = minimize(lambda w: loss(target, w[0] * score + w[1]), [1.0, 0.0], method="Nelder-Mead",
                 options={"xatol": 1e-12, "fatol": 1e-14, "maxiter": 20000}).x
x = np.column_stack([np.log(score), -np.log1p(-score)])
beta = LogisticRegression(penalty=None, solver="newton-cholesky", tol=1e-14, max_iter=1000).fit(x, label)
temperature = minimize_scalar(lambda a: loss(label, a * logit(score)), bounds=(0.01, 10), method="bounded",
                              options={"xatol": 1e-12}).x
isotonic = IsotonicRegression(out_of_bounds="clip").fit(score, label)
print("/* tests/oracle/stats_calibrate.h: written by make_stats_calibrate.py. */")
print("#ifndef TD_TESTS_ORACLE_STATS_CALIBRATE_H\n#define TD_TESTS_ORACLE_STATS_CALIBRATE_H\n")
print(f"enum {{ CALIBRATE_N = {N}, CALIBRATE_PROBES = {len(probe)} }};")
array("calibrate_score", score)
array("calibrate_label", label)
array("calibrate_probe", probe)
array("calibrate_platt", platt)
array("calibrate_beta", list(beta.coef_[0]) + list(beta.intercept_))
array("calibrate_temperature", [temperature])
array("calibrate_isotonic", isotonic.predict(probe))
print("\n#endif")
