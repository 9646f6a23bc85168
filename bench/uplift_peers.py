#!/usr/bin/python3
"""bench/uplift_peers.py: learners of effects beside T and X learners written around XGBoost.

    bench/uplift_peers.py [--build build] [--seeds 20] [--rows 20000] [--laws 1,2,3,4] [--learners x,r] [--out FILE]
    bench/uplift_peers.py --equal              the very trees of XGBoost and the true propensity for every learner
    bench/uplift_peers.py --show FILE          the tables once more from what --out has collected
    bench/uplift_peers.py --ihdp FOLDER

1. For each law (causalml's modes, datasets/causal_generators) and seed, build/bench/uplift_learners
   draws ROWS rows to learn from and as many fresh ones to be judged on.
2. tundish: every learner with its defaults, and T and X with the very trees of step 3.
3. XGBoost (Debian's python3-xgboost): T and X learners of 100 trees, learning rate 0.1, 8 leaves
   leaf-wise, lambda 1, at least 20 rows in a leaf. Its X-learner gets the true propensity, tundish
   estimates its own, but with --equal.
4. Table: PEHE = sqrt(mean (tau_hat - tau)^2), mean over seeds with its standard error, and the mean
   of the paired difference (best of tundish, chosen once for each law) - (best of XGBoost).
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile

LEARNERS = "t,s,transformed,x,r,dr,dependent"
TREES = ["num_iterations=100", "learning_rate=0.1", "num_leaves=8", "lambda_l2=1", "min_data_in_leaf=20"]


def read(path):
    import numpy
    rows = numpy.loadtxt(path, delimiter=",", skiprows=1)
    return rows[:, :-4], rows[:, -4], rows[:, -3], rows[:, -2], rows[:, -1]


def booster(x, y):
    import xgboost
    model = xgboost.XGBRegressor(n_estimators=100, learning_rate=0.1, max_leaves=8, max_depth=0, grow_policy="lossguide",
                                 tree_method="hist", reg_lambda=1, min_child_weight=20, n_jobs=2)
    return model.fit(x, y)


def xgboost_pehe(folder):
    import numpy
    x, w, y, _, _ = read(os.path.join(folder, "learn.csv"))
    fresh, _, _, e, tau = read(os.path.join(folder, "fresh.csv"))
    treated = w == 1
    mu0, mu1 = booster(x[~treated], y[~treated]), booster(x[treated], y[treated])
    tau1 = booster(x[treated], y[treated] - mu0.predict(x[treated]))
    tau0 = booster(x[~treated], mu1.predict(x[~treated]) - y[~treated])
    answers = {"xgboost t": mu1.predict(fresh) - mu0.predict(fresh),
               "xgboost x": e * tau0.predict(fresh) + (1 - e) * tau1.predict(fresh)}
    return {name: float(numpy.sqrt(numpy.mean((a - tau) ** 2))) for name, a in answers.items()}


def tundish_pehe(program, arguments, suffix=""):
    found = {}
    for line in subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout.splitlines():
        answer = json.loads(line)
        found[answer["learner"] + suffix] = answer["pehe"]
        found["difference of means"] = answer["constant"]
    return found


def show(title, runs):
    print(f"\n{title}")
    for name in runs[0]:
        values = [run[name] for run in runs]
        error = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0
        print(f"  {name:24s} {statistics.mean(values):8.4f} +- {error:.4f}")


def compare(runs):
    """The best of each side by its mean over seeds, then paired."""
    mean = {name: statistics.mean(run[name] for run in runs) for name in runs[0] if name != "difference of means"}
    ours = min((n for n in mean if not n.startswith("xgboost")), key=mean.get)
    theirs = min((n for n in mean if n.startswith("xgboost")), key=mean.get)
    gaps = [run[ours] - run[theirs] for run in runs]
    error = statistics.stdev(gaps) / len(gaps) ** 0.5 if len(gaps) > 1 else 0
    print(f"  tundish {ours} - {theirs}: {statistics.mean(gaps):+.4f} +- {error:.4f}")


def play(program, law, options, seed):
    case = ["causalml" + law, str(options.rows), str(seed)]
    if options.equal:
        run = tundish_pehe(program, [*case, options.learners, "known", *TREES])
    else:
        run = tundish_pehe(program, [*case, options.learners])
    if options.learners == LEARNERS and not options.equal:
        run.update(tundish_pehe(program, [*case, "t,x", *TREES], ", equal trees"))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "--csv", folder, *case], check=True)
        run.update(xgboost_pehe(folder))
    if options.out:
        with open(options.out, "a", encoding="ascii") as file:
            file.write(json.dumps({"law": law, "seed": seed, "rows": options.rows, "pehe": run}) + "\n")
    return run


def tell(law, rows, runs):
    show(f"causalml mode {law}, {rows} rows, {len(runs)} seeds: PEHE", runs)
    compare(runs)


def laws(options, program):
    for law in options.laws.split(","):
        seeds = range(options.first, options.first + options.seeds)
        tell(law, options.rows, [play(program, law, options, seed) for seed in seeds])


def show_again(path):
    runs = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            run = json.loads(line)
            runs.setdefault((run["law"], run["rows"]), {})[run["seed"]] = run["pehe"]
    for law, rows in sorted(runs):
        tell(law, rows, list(runs[law, rows].values()))


def ihdp(options, program):
    runs = []
    for k in (1, 2, 3):
        path = os.path.join(options.ihdp, f"ihdp_npci_{k}.csv")
        seeds = [tundish_pehe(program, ["--ihdp", path, str(s), LEARNERS]) for s in range(1, options.seeds + 1)]
        runs.append({name: statistics.mean(run[name] for run in seeds) for name in seeds[0]})
    show(f"IHDP, 747 rows, replicates 1 to 3 ({options.seeds} seeds of the folds each): PEHE", runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1, help="first seed")
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--laws", default="1,2,3,4")
    parser.add_argument("--learners", default=LEARNERS, help="only these, without those of equal trees")
    parser.add_argument("--equal", action="store_true", help="equal trees and the true propensity for tundish, too")
    parser.add_argument("--out", help="append one line of JSON a seed")
    parser.add_argument("--show", metavar="FILE", help="tables of such a file")
    parser.add_argument("--ihdp", metavar="FOLDER", help="the IHDP replicates instead")
    options = parser.parse_args()
    program = os.path.join(options.build, "bench", "uplift_learners")
    if options.show:
        show_again(options.show)
    elif options.ihdp:
        ihdp(options, program)
    else:
        laws(options, program)


if __name__ == "__main__":
    main()
