#!/usr/bin/env bash
# tests/demo.sh BUILD: what `make demo` shows: a synthetic shop, its funnel, a model, a report.
set -eu
b=${1:-build}
shop=$b/demo/shop run=$b/demo/run
rm -rf "$b/demo"
mkdir -p "$b/demo"
show() { echo "\$ $*"; "$@"; }
show "$b/tundish" generate --preset demo --seed 1 --out "$shop"
show "$b/tundish" kpi "$shop"
show "$b/tundish" run "$shop" --out "$run"
echo
echo "report: $run/report.html"
