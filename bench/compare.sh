#!/usr/bin/env bash
# bench/compare.sh: tundish against LightGBM, XGBoost and scikit-learn on sets whose truth is known.
#
#     bench/compare.sh [options]              default: four sets, 3 rounds, 1 thread and all cores
#
#   --sets LIST       of higgs,funnel,wide,categorical (default all)
#   --scale X         rows relative to the full sets (default 1; 0.05 for a try)
#   --rounds N        rounds in which all systems take turns; the tables show medians (default 3)
#   --threads LIST    numbers of threads (default 1 and all cores)
#   --shape LIST      leaf255 = 255 leaves, leaf-wise (default); depth6 = depth 6, depth-wise
#   --trees N         trees (default 100)
#   --seeds N         quality over N sets from different seeds as well (default 1: no such table)
#   --small           7,000, 30,000 and 100,000 rows of each set instead
#   --scaling         time by rows (62,500 to 4,000,000 of higgs) and by threads instead
#   --systems LIST    only these, names as in the tables, separated by ';'
#   --append          keep OUT/runs.csv: cells that it holds are not run again (so a call that was
#                     stopped goes on), and the tables are made from all of it, whatever the calls
#                     asked for: sets, threads, systems in portions
#   --out DIR         tables.md, summary.csv, runs.csv, and the sets (default build/compare)
#   --data DIR        sets are there already, or shall be put there (default OUT/data)
#   --tundish FILE    program to measure (default build/tundish)
#
# Peers: Debian's python3-xgboost and python3-sklearn (`make deps-dev`), and LightGBM where the
# machine has one. Environment: LIGHTGBM = its command (default: `lightgbm` on PATH), LIGHTGBM_LIB =
# its lib_lightgbm.so (default: beside the command), LIGHTGBM_VERSION = text for the tables,
# XGBOOST_PACKAGES = folder with another xgboost package, PYTHON = interpreter (/usr/bin/python3).
# How the tables are read and what is measured: bench/README.md. Exit status 1: a run failed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
python=${PYTHON:-/usr/bin/python3}
tundish=build/tundish
previous=""
for word in "$@"; do
    case "$word" in
        -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0"; exit 0 ;;
        --tundish=*) tundish=${word#*=} ;;
    esac
    [ "$previous" != --tundish ] || tundish=$word
    previous=$word
done
[ -x "$tundish" ] || { echo "compare.sh: no program $tundish; run make first" >&2; exit 2; }
"$python" -c 'import numpy, pandas' 2>/dev/null ||
    { echo "compare.sh: needs Debian's python3-numpy and python3-pandas: make deps-dev" >&2; exit 2; }
exec "$python" bench/peers.py "$@"
