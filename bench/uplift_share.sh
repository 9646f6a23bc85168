#!/usr/bin/env bash
# bench/uplift_share.sh [BUILD] [SEEDS] [LEARNERS] [SIZES] [PRESET]: how much of the best possible order do learned effects reach?
#
# A shop with a treatment whose true effect is known; learned from its train and valid sessions, judged on its test sessions.
#
# 1. For each seed: generate the shop, learn from each share of the training sessions (a smaller share is part of a larger one).
# 2. A line for each seed, size and learner: the area between gain curve and chord by true effects, as a share of the oracle's;
#    the seconds it took to learn and predict.
# 3. Mean over seeds with its standard error.
#
# The default, three retailrocket shops of 1.77 million sessions, takes half an hour on 2 cores and 1 GB of disk.
set -euo pipefail
tundish=$(realpath "${1:-build}")/tundish seeds=${2:-1,2,3} learners=${3:-s,x} sizes=${4:-0.03,0.1,0.3,1} preset=${5:-retailrocket}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for seed in ${seeds//,/ }; do
    "$tundish" generate --preset "$preset" --seed "$seed" --properties light --out "$folder/shop" --quiet >/dev/null
    "$tundish" uplift simulate "$folder/shop" --learners "$learners" --sizes "$sizes" --propensity share --quiet --json "$folder/$seed.json"
    rm -rf "$folder/shop"
    /usr/bin/python3 - "$seed" "$folder/$seed.json" <<'PYTHON' | tee -a "$folder/lines"
import json, sys
for size in json.load(open(sys.argv[2]))["sizes"]:
    for line in size["learners"]:
        if line["learner"] in ("constant", "random", "oracle"):
            continue
        share = "refused" if "refused" in line else f'{line["oracle_share"]:.4f}'
        print(f'seed {sys.argv[1]}  {size["train_rows"]:>9}  {line["learner"]:14} {share}  {size["timings"][line["learner"]]:.1f} s', flush=True)
PYTHON
done
/usr/bin/python3 - "$folder/lines" <<'PYTHON'
import collections, statistics, sys
found = collections.OrderedDict()
for line in open(sys.argv[1]):
    _, seed, rows, learner, share, *_ = line.split()
    sizes = found.setdefault(learner, collections.OrderedDict()).setdefault(seed, [])
    sizes.append((int(rows), float(share)))
for learner, seeds in found.items():
    for column in zip(*seeds.values()):
        shares = [share for _, share in column]
        error = statistics.stdev(shares) / len(shares) ** 0.5 if len(shares) > 1 else 0
        rows = statistics.mean(rows for rows, _ in column)
        print(f"{learner:14} {rows:>11,.0f} sessions: {100 * statistics.mean(shares):.1f} % +- {100 * error:.1f}  ({len(shares)} shops)")
PYTHON
