#!/usr/bin/env bash
# tests/gates/page.sh BUILD: the report of a run opens in headless Chromium without a console message, and its figures are drawn.
set -u
b=${1:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make -s B="$b" all >/dev/null || exit 1
"$b/tundish" generate --preset demo --seed 1 --out "$work/shop" --quiet >/dev/null &&
    "$b/tundish" run "$work/shop" --out "$work/run" --quiet >/dev/null || { echo "page: the run failed" >&2; exit 1; }
browser=$(command -v chromium || command -v google-chrome) || { echo "page: chromium is missing (make deps-dev)" >&2; exit 1; }
"$browser" --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync \
    --user-data-dir="$work/profile" --enable-logging=stderr --v=0 --virtual-time-budget=3000 \
    --dump-dom "file://$work/run/report.html" >"$work/dom" 2>"$work/log"
if grep -E 'CONSOLE' "$work/log"; then
    echo "page: console messages" >&2
    exit 1
fi
figures=$(grep -c '<svg' "$work/dom")
[ "$figures" -ge 5 ] || { echo "page: only $figures figures in the page" >&2; exit 1; }
grep -q '</html>' "$work/dom" || { echo "page: the page is not whole" >&2; exit 1; }
echo "page: ok ($figures figures)"
