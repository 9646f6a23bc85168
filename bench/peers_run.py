#!/usr/bin/python3
"""bench/peers_run.py: one run of one system in a process of its own; peers.py starts it.

    peers_run.py JOB        JOB is JSON; the last line of stdout is the result, JSON too

Job: system, what ("train" or "load"), stem (path of a set without _train.csv), threads, shape
(leaf255 or depth6), trees, lambda, categorical (columns), extra (more parameters), scratch (path
for files of this run), tundish (the program). Result: seconds of the stages, peak_mb, auc,
log_loss.

Clocks: wall time around the calls named below, the same for all.

    system        bin                             train                    predict
    tundish       its `timings`: bin              train                    predict
    LightGBM      see peers_lightgbm.py
    XGBoost       QuantileDMatrix (since 1.7      xgboost.train            inplace_predict
                  the binning of `hist` too)
    scikit-learn  its method _bin_data            fit less bin             predict_proba

Training data are in memory as each likes them best (float32; scikit-learn float64) before the
clock of `bin` starts, test data before that of `predict`. `load`, measured by runs of its own, is
pandas.read_csv for the two that read no files themselves.

Peak memory is that of the whole process (VmHWM) after training: with the Python interpreter, with
the matrix of the rows, without the test rows. numpy is imported only after a foreign program was
run: on Linux the peak of a child counts from its parent's size."""
import json
import os
import resource
import subprocess
import sys
import time

import peers_lightgbm

RATE, BINS = 0.1, 256


class Tools:
    """What every system's run needs; numpy is imported when first used."""

    @property
    def np(self):
        import numpy
        return numpy

    def load_part(self, job, part):
        np = self.np
        return (np.load(f"{job['stem']}_X{part}.npy"), np.load(f"{job['stem']}_y{part}.npy"))

    def peak_mb(self):
        with open('/proc/self/status', encoding='ascii') as file:
            for line in file:
                if line.startswith('VmHWM:'):
                    return int(line.split()[1]) / 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def quality(self, y, p):
        from make_sets import auc, log_loss
        return {'auc': auc(y, p), 'log_loss': log_loss(y, p)}


def call(args):
    """Run a program; its stdout, or an error with its last words."""
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError((done.stderr or done.stdout).strip()[-500:])
    return done.stdout


# ---- tundish --------------------------------------------------------------------------------

def run_tundish(job, tools):
    """`tundish train` on the CSV, then `tundish predict`; no --valid, so that `bin` codes the
    training rows only."""
    model, scores = job['scratch'] + '.model', job['scratch'] + '.csv'
    settings = [f"lambda_l2={job['lambda']}", f"num_iterations={job['trees']}",
                f'learning_rate={RATE}', 'max_bin=255', 'min_data_in_leaf=20',
                'min_sum_hessian_in_leaf=0.001']
    if job['shape'] == 'depth6':
        settings += ['grow_policy=depthwise', 'max_depth=6', 'num_leaves=64']
    else:
        settings += ['num_leaves=255']
    if job['categorical']:
        settings += ['--categorical', ','.join(f'f{i}' for i in job['categorical'])]
    common = ['--quiet', '--json', '-', '--threads', str(job['threads'])]
    trained = json.loads(call([job['tundish'], 'train', '--data', f"{job['stem']}_train.csv",
                               '--label', 'y', '--model', model, *common, *settings]))
    scored = json.loads(call([job['tundish'], 'predict', '--data', f"{job['stem']}_test.csv",
                              '--model', model, '--out', scores, *common]))
    _, y = tools.load_part(job, 'test')
    p = tools.np.loadtxt(scores, skiprows=1)
    for path in (model, scores):
        os.unlink(path)
    times = trained['timings']
    return {'load': times['load'], 'bin': times['bin'], 'train': times['train'],
            'predict': scored['timings']['predict'], 'wall': times['wall'],
            'peak_mb': trained['peak_memory_bytes'] / 2 ** 20, **tools.quality(y, p)}


# ---- XGBoost --------------------------------------------------------------------------------

def run_xgboost(job, tools):
    """hist with the same leaves, bins, rate and least hessian; it has no least number of rows in
    a leaf. base_score is the mean label, from which the other systems start, too."""
    import xgboost
    X, y = tools.load_part(job, 'train')
    params = {'objective': 'binary:logistic', 'tree_method': 'hist', 'eta': RATE,
              'max_bin': BINS, 'min_child_weight': 1e-3, 'lambda': job['lambda'],
              'nthread': job['threads'], 'base_score': float(y.mean()), 'verbosity': 0}
    if job['shape'] == 'depth6':
        params.update(grow_policy='depthwise', max_depth=6)
    else:
        params.update(grow_policy='lossguide', max_depth=0, max_leaves=255)
    options = {'nthread': job['threads'], 'max_bin': BINS}
    if job['categorical']:
        kinds = ['c' if i in job['categorical'] else 'q' for i in range(X.shape[1])]
        options.update(enable_categorical=True, feature_types=kinds)
    t0 = time.perf_counter()
    data = xgboost.QuantileDMatrix(X, y, **options)
    t1 = time.perf_counter()
    booster = xgboost.train(params, data, num_boost_round=job['trees'])
    t2 = time.perf_counter()
    result = {'bin': t1 - t0, 'train': t2 - t1, 'peak_mb': tools.peak_mb()}
    X, y = tools.load_part(job, 'test')
    booster.set_param({'nthread': job['threads']})
    t3 = time.perf_counter()
    p = booster.inplace_predict(X)
    result['predict'] = time.perf_counter() - t3
    result.update(tools.quality(y, p))
    return result


# ---- scikit-learn ---------------------------------------------------------------------------

def timed_binning():
    """Classifier whose _bin_data adds its seconds to `bin_seconds`."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    class Timed(HistGradientBoostingClassifier):
        bin_seconds = 0.0

        def _bin_data(self, *args, **kwargs):
            start = time.perf_counter()
            binned = super()._bin_data(*args, **kwargs)
            self.bin_seconds += time.perf_counter() - start
            return binned
    return Timed


def run_sklearn(job, tools):
    """HistGradientBoostingClassifier; categories of more than 255 levels, which it refuses, are
    left to it as numbers."""
    np = tools.np
    X, y = tools.load_part(job, 'train')
    X = X.astype(np.float64)
    few = [i for i in job['categorical'] if X[:, i].max() < 255]
    shape = {'max_depth': 6, 'max_leaf_nodes': 64} if job['shape'] == 'depth6' else {
        'max_leaf_nodes': 255}
    model = timed_binning()(max_iter=job['trees'], learning_rate=RATE, min_samples_leaf=20,
                            l2_regularization=job['lambda'], max_bins=255, early_stopping=False,
                            categorical_features=few or None, **shape)
    start = time.perf_counter()
    model.fit(X, y)
    fit = time.perf_counter() - start
    result = {'bin': model.bin_seconds, 'train': fit - model.bin_seconds,
              'peak_mb': tools.peak_mb()}
    X, y = tools.load_part(job, 'test')
    X = X.astype(np.float64)
    start = time.perf_counter()
    p = model.predict_proba(X)[:, 1]
    result['predict'] = time.perf_counter() - start
    result.update(tools.quality(y, p))
    return result


# ---- reading the CSV ------------------------------------------------------------------------

def run_pandas(job, _tools):
    """What XGBoost's and scikit-learn's users wait for before `bin`."""
    import numpy as np
    import pandas as pd
    start = time.perf_counter()
    table = pd.read_csv(f"{job['stem']}_train.csv", dtype=np.float32)
    np.ascontiguousarray(table.iloc[:, 1:].to_numpy())
    return {'load': time.perf_counter() - start}


def run_lightgbm(job, tools):
    if job['what'] == 'load':
        return peers_lightgbm.run_load(job)
    if peers_lightgbm.library():
        return peers_lightgbm.run_library(job, tools)
    return peers_lightgbm.run_command(job, tools)


RUNS = {'tundish': run_tundish, 'xgboost': run_xgboost, 'sklearn': run_sklearn,
        'lightgbm': run_lightgbm, 'pandas': run_pandas,
        'lightgbm_command': peers_lightgbm.run_command}


def main():
    job = json.loads(sys.argv[1])
    try:
        result = RUNS[job['system']](job, Tools())
    except (RuntimeError, ImportError, OSError, ValueError) as problem:
        result = {'error': str(problem).strip().replace('\n', ' ')[-300:]}
    print(json.dumps(result))


if __name__ == '__main__':
    main()
