#!/usr/bin/env bash
# bench/run.sh BUILD: the benchmark programs on small made-up data, in less than a minute on an idle
# machine; `make bench` builds them and calls this. Figures for a document come from compare.sh.
set -eu
b=${1:-build}
here=$(dirname "$0")
python=${PYTHON:-/usr/bin/python3}
dir=$b/bench/data
mkdir -p "$dir"

say() { printf '\n== %s\n' "$*"; }
bench() { # NAME ARGS...: runs it, or says that it was not built
    local program=$b/bench/$1
    shift
    if [ -x "$program" ]; then "$program" "$@"; else echo "no $program: run make bench"; fi
}

say "reading CSV, one core"
bench bench_csv

say "shop: events to key figures; clean events to features (1 thread)"
"$b/tundish" generate --preset demo --seed 1 --out "$dir/shop" --quiet >"$dir/generate.txt"
bench bench_kpi "$dir/shop/events.csv" 1 5
bench bench_features "$dir/shop" 1 3

say "evaluation and paired bootstrap: 200,000 rows, 100 replicates, 1 thread"
bench bench_bootstrap rows=200000 replicates=100 threads=1

say "uplift: every dialect, then a paired bootstrap: 200,000 rows, 100 replicates, 1 thread"
bench bench_uplift rows=200000 replicates=100 threads=1

say "trees: 100,000 x 28, 100 trees of 255 leaves, 1 thread, then all"
if "$python" -c 'import numpy, pandas' 2>"$dir/python.txt"; then
    [ -f "$dir/higgs.json" ] || "$python" "$here/make_sets.py" "$dir" --sets higgs --rows 100000
    for threads in 1 "$(nproc)"; do
        bench bench_train "$dir/higgs" num_leaves=255 lambda_l2=1 "threads=$threads"
    done
    say "prediction by rows of a call, 1 thread"
    "$b/tundish" train --data "$dir/higgs_train.csv" --label y --model "$dir/higgs.tundish" \
        --threads 1 --quiet num_leaves=255 >"$dir/train.txt"
    bench bench_predict "$dir/higgs.tundish" "$dir/higgs_test.csv" threads=1
else
    echo "needs Debian's python3-numpy and python3-pandas: make deps-dev"
fi

cat <<'END'

Against LightGBM, XGBoost and scikit-learn (options and environment: bench/compare.sh --help):
  bench/compare.sh --scale 0.05 --rounds 1      a try of some minutes
  bench/compare.sh --seeds 3                    the real thing, hours on an idle machine
END
