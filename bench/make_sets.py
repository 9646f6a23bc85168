#!/usr/bin/python3
"""bench/make_sets.py: made-up training sets whose true probabilities are known.

    make_sets.py OUT [--sets higgs,funnel,wide,categorical] [--scale 1.0 | --rows N] [--seed 0]

For each set writes into OUT

    <set>_train.csv, <set>_test.csv    header y,f0,f1,...; test has train / 5 rows of the same law
    <set>_Xtrain.npy, ytrain, Xtest, ytest       the same as float32 arrays, unless --no-npy
    <set>.json     rows, columns, categorical columns, rate of y = 1, and the oracle's AUC and
                   log-loss on the test rows: the scores of the true probabilities, which no model
                   beats but by luck

Steps of a set: (1) draw columns X and a function f(X) of them by the set's law, (2) find slope a
and offset b such that p = 1 / (1 + exp(-(a f + b))) has the wanted mean and the wanted AUC, (3)
draw y = 1 with probability p. Same seed, same rows: same bytes (of one numpy version).

    set            rows at scale 1   columns
    higgs                1,000,000        28   dense floats, interactions, half of y is 1
    funnel               1,500,000        30   small zero-inflated integers, 1 % of y is 1
    wide                   100,000       500   floats, one correlated block, one skewed block
    categorical          1,000,000         8   six categories of up to 300 levels, two numbers

Needs Debian's python3-numpy and python3-pandas. 1 million rows take about half a minute."""
import argparse
import json
import os

import numpy as np
import pandas as pd


# ---- laws: (rows, random stream) -> columns, function f --------------------------------------
# The order of the draws is part of a law: another order makes another set.

def higgs(n, rng):
    """Normal, exponential and uniform columns, then seven noisy functions of them; f is a sum of
    Friedman's function and of terms that need two or three columns at once."""
    X = np.empty((n, 28), np.float32)
    X[:, 0:7] = rng.standard_normal((n, 7))
    X[:, 7:14] = rng.exponential(1, (n, 7))
    X[:, 14:21] = rng.random((n, 7))
    x = X.T
    X[:, 21] = np.sqrt(x[0] ** 2 + x[1] ** 2) + .3 * rng.standard_normal(n)
    X[:, 22] = x[7] * x[8] + .2 * rng.standard_normal(n)
    X[:, 23] = np.sin(np.pi * x[14] * x[15]) + .1 * rng.standard_normal(n)
    X[:, 24] = x[2] * x[3] + .5 * rng.standard_normal(n)
    X[:, 25] = np.abs(x[4] - x[5]) + .2 * rng.standard_normal(n)
    X[:, 26] = np.log1p(x[9] + x[10]) + .1 * rng.standard_normal(n)
    X[:, 27] = np.maximum(x[11], x[12]) * x[16] + .1 * rng.standard_normal(n)
    friedman = 10 * np.sin(np.pi * x[14] * x[15]) + 20 * (x[16] - .5) ** 2 + 10 * x[17] + 5 * x[18]
    f = (friedman / 5
         + 1.2 * np.tanh(x[0] * x[1]) + .8 * np.sin(2 * x[2]) * x[3]
         + np.where(x[7] > x[8], 1., -.5) * x[4] - .7 * np.log1p(x[9] * x[10])
         + .8 * (x[11] + x[12] > 2) * (x[5] > 0) + .5 * np.abs(x[6]))
    return X, f.astype(np.float64)


# Chance of a value above zero, mean of the rest: the funnel's columns 19 to 29.
ZERO_INFLATED = [(.02, .2), (.05, .5), (.1, 1), (.2, 2), (.01, .1), (.3, 4), (.08, .3), (.15, 8),
                 (.03, 1), (.5, .5), (.25, 20)]


def funnel(n, rng):
    """A shop's sessions in shape, not in meaning: page counts, add-to-carts, past visits, hour and
    day, all driven by one hidden engagement."""
    X = np.zeros((n, 30), np.float32)
    x = X.T
    engaged = rng.gamma(1.2, 1., n)
    X[:, 0] = np.minimum(1 + rng.poisson(2 * engaged), 200)
    X[:, 1] = (rng.random(n) < .04 * (1 + engaged)) * (1 + rng.poisson(.4, n))
    X[:, 2] = np.minimum(x[0], 1 + rng.binomial(x[0].astype(int), .5))
    X[:, 3] = np.minimum(x[2], 1 + rng.poisson(.4, n))
    X[:, 4] = rng.integers(0, 24, n)
    X[:, 5] = rng.integers(0, 7, n)
    X[:, 6] = rng.integers(0, 5, n)
    returns = rng.random(n) < .3
    X[:, 7] = returns * np.minimum(rng.geometric(.08, n), 120)
    X[:, 8] = returns * rng.geometric(.4, n)
    X[:, 9] = returns * rng.poisson(3 * engaged * x[8])
    X[:, 10] = returns * rng.poisson(.1 * x[8])
    X[:, 11] = (x[10] > 0) * rng.binomial(x[10].astype(int), .35)
    X[:, 12] = np.minimum(rng.poisson(3 * engaged * (x[0] > 1)), 120)
    X[:, 13] = (x[0] > 1) * np.minimum(rng.exponential(9, n).astype(int), 60)
    X[:, 14] = 1 + rng.binomial((x[0] - 1).astype(int), .3)
    X[:, 15] = rng.integers(0, 10, n)
    X[:, 16] = rng.random(n) < .85
    X[:, 17] = rng.integers(0, 7, n)
    X[:, 18] = np.minimum(rng.geometric(.12, n) - 1, 24)
    for j, (chance, mean) in enumerate(ZERO_INFLATED):
        X[:, 19 + j] = (rng.random(n) < chance) * (1 + rng.poisson(mean, n))
    f = (1.8 * (x[1] > 0) + .5 * np.log1p(x[1]) + .45 * np.log1p(x[0]) * (x[16] > 0)
         + .6 * (x[11] > 0) + .25 * np.log1p(x[12]) - .3 * (x[4] < 7)
         + .25 * (x[5] >= 5) * (x[1] > 0) - .05 * np.abs(x[15] - 7)
         + .5 * (x[14] >= 3) * (x[3] <= 2) + .35 * np.sin(x[18]) * (x[17] > 2)
         + .3 * (x[21] > 0) * (x[8] > 1) + .2 * np.log1p(x[24]) - .2 * np.log1p(x[7]))
    return X, f.astype(np.float64)


def wide(n, rng):
    """500 columns of which 49 matter; 100 repeat others with noise, 100 are log-normal."""
    X = rng.standard_normal((n, 500), dtype=np.float32)
    X[:, 100:200] = X[:, 0:100] * .7 + X[:, 100:200] * .7
    X[:, 200:300] = np.exp(X[:, 200:300] * .5)
    x = X.T
    weight = np.random.default_rng(99).standard_normal(40)
    f = (X[:, 0:40] @ weight * .25 + 1.5 * np.tanh(x[0] * x[41]) + np.sin(2 * x[42]) * x[43]
         + (x[201] > x[202]) * x[44] + .8 * np.abs(x[45]) + 1.2 * (x[46] > .5) * (x[47] > 0)
         + .7 * x[48] ** 2)
    return X, f.astype(np.float64)


def categorical(n, rng):
    """Flights in shape: month, day, weekday, carrier, origin, destination (categories; ports by a
    power law), time of day, distance. Effects of the levels are the same for every seed."""
    fixed = np.random.default_rng(7)
    X = np.empty((n, 8), np.float32)
    port = fixed.pareto(1.1, 300) + .05
    port /= port.sum()
    carrier = fixed.dirichlet(np.ones(22) * 2)
    X[:, 0] = rng.integers(0, 12, n)
    X[:, 1] = rng.integers(0, 31, n)
    X[:, 2] = rng.integers(0, 7, n)
    X[:, 3] = rng.choice(22, n, p=carrier)
    X[:, 4] = rng.choice(300, n, p=port)
    X[:, 5] = rng.choice(300, n, p=port)
    X[:, 6] = np.clip(rng.normal(1340, 480, n), 1, 2400).astype(int)
    place = fixed.random((300, 2)) * 2500
    month, day, weekday, carr, orig, dest = (X[:, j].astype(int) for j in range(6))
    X[:, 7] = np.round(np.hypot(*(place[orig] - place[dest]).T) + 50)

    def effect(levels, size):
        return fixed.standard_normal(levels) * size
    of_orig, of_dest, of_carr = effect(300, .9), effect(300, .7), effect(22, .6)
    of_month, of_weekday, of_day = effect(12, .5), effect(7, .3), effect(31, .15)
    of_orig_carr, of_dest_month = effect((300, 22), .5), effect((300, 12), .3)
    f = (of_orig[orig] + of_dest[dest] + of_carr[carr] + of_month[month] + of_weekday[weekday]
         + of_day[day] + of_orig_carr[orig, carr] + of_dest_month[dest, month]
         + 1.3 * np.sin((X[:, 6] - 600) / 700) + .3 * np.cos(X[:, 7] / 400))
    return X, f.astype(np.float64)


# law, rows at scale 1, stream, AUC of the true probabilities, rate of y = 1, categorical columns
SETS = {
    'higgs': (higgs, 1000000, 1, .85, .5, []),
    'funnel': (funnel, 1500000, 2, .86, .01, []),
    'wide': (wide, 100000, 3, .87, .5, []),
    'categorical': (categorical, 1000000, 4, .80, .2, [0, 1, 2, 3, 4, 5]),
}


# ---- labels ---------------------------------------------------------------------------------

def auc(y, p):
    """Area under the ROC curve: (R - n1 (n1 + 1) / 2) / (n1 n0), R the sum of the ranks of the n1
    rows with y = 1; equal scores share their mean rank."""
    order = np.argsort(p, kind='stable')
    score, label = p[order], y[order].astype(np.float64)
    begin = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
    count = np.diff(np.r_[begin, len(score)])
    rank = np.repeat(begin + (count + 1) / 2., count)
    n1 = label.sum()
    return float(((rank * label).sum() - n1 * (n1 + 1) / 2) / (n1 * (len(label) - n1)))


def log_loss(y, p):
    """Mean of -log of the probability that was given to what happened, p cut at 1e-15."""
    p = np.clip(p.astype(np.float64), 1e-15, 1 - 1e-15)
    return float(-(np.where(y > 0, np.log(p), np.log1p(-p))).mean())


def calibrate(f, target_auc, rate, rng):
    """Probabilities 1 / (1 + exp(-(a f + b))) with mean `rate` and AUC `target_auc`: bisection
    for a, within it bisection for b, both on the first 300,000 rows."""
    f = (f - f.mean()) / f.std()
    head = f[:300000]
    u = rng.random(len(head))

    def offset(a):
        low, high = -20., 20.
        for _ in range(40):
            b = .5 * (low + high)
            if (1 / (1 + np.exp(-(a * head + b)))).mean() > rate:
                high = b
            else:
                low = b
        return b
    low, high = .05, 8.
    for _ in range(18):
        a = .5 * (low + high)
        b = offset(a)
        p = 1 / (1 + np.exp(-(a * head + b)))
        if auc(u < p, p) > target_auc:
            high = a
        else:
            low = a
    return 1 / (1 + np.exp(-(a * f + b)))


# ---- files ----------------------------------------------------------------------------------

def write_part(stem, part, X, y, is_whole):
    """CSV and arrays of the train or test rows; integer sets are written without a point."""
    table = pd.DataFrame(X, columns=[f'f{i}' for i in range(X.shape[1])])
    if is_whole:
        table = table.astype(int)
    table.insert(0, 'y', y.astype(int))
    table.to_csv(f'{stem}_{part}.csv', index=False, float_format='%.6g')


def make_set(out, name, rows=None, scale=1.0, seed=0, has_npy=True):
    """One set into folder `out`; `rows` wins over `scale`. The .json is written last, so that a
    set with one is complete."""
    law, full_rows, stream, target_auc, rate, categories = SETS[name]
    n = rows if rows else int(full_rows * scale)
    total = n + n // 5
    rng = np.random.default_rng([seed, stream])
    X, f = law(total, rng)
    p = calibrate(f, target_auc, rate, rng)
    y = (rng.random(total) < p).astype(np.float32)
    os.makedirs(out, exist_ok=True)
    for part, which in (('train', slice(0, n)), ('test', slice(n, total))):
        write_part(f'{out}/{name}', part, X[which], y[which], name in ('funnel', 'categorical'))
        if has_npy:
            np.save(f'{out}/{name}_X{part}.npy', X[which])
            np.save(f'{out}/{name}_y{part}.npy', y[which])
    about = {'rows': n, 'columns': X.shape[1], 'categorical': categories,
             'oracle_auc': auc(y[n:], p[n:]), 'oracle_logloss': log_loss(y[n:], p[n:]),
             'rate': float(y.mean())}
    with open(f'{out}/{name}.json', 'w', encoding='ascii') as file:
        json.dump(about, file, indent=1)
    print(name, X.shape, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('out')
    parser.add_argument('--sets', default=','.join(SETS))
    parser.add_argument('--scale', type=float, default=1.0)
    parser.add_argument('--rows', type=int, help='training rows, instead of --scale')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--no-npy', action='store_true')
    args = parser.parse_args()
    for name in args.sets.split(','):
        if name not in SETS:
            parser.error(f"unknown set '{name}'; known: {', '.join(SETS)}")
        make_set(args.out, name, args.rows, args.scale, args.seed, not args.no_npy)


if __name__ == '__main__':
    main()
