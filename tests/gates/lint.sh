#!/usr/bin/env bash
# tests/gates/lint.sh: formatting, cppcheck and a small set of clang-tidy checks over the whole tree.
set -u
bad=0
sources=$(git ls-files -co --exclude-standard '*.c' '*.h')
# shellcheck disable=SC2086
clang-format --dry-run -Werror $sources 2>&1 | head -n 20
[ "${PIPESTATUS[0]}" -eq 0 ] || { echo "lint: run make format" >&2; bad=1; }
library=$(git ls-files -co --exclude-standard core stats gbdt uplift io datasets cli | grep '\.c$')
# shellcheck disable=SC2086
cppcheck --quiet -j "$(nproc)" --std=c11 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 \
    --suppressions-list=tests/gates/cppcheck.txt -I. $library || { echo "lint: cppcheck" >&2; bad=1; }
scalar=$(echo "$library" | grep -vE '_avx(2|512)\.c$')
mkdir -p build
# shellcheck disable=SC2016
echo "$scalar" | xargs -P "$(nproc)" -I FILE clang-tidy --quiet --config-file=tests/gates/clang-tidy.yml FILE -- \
    -std=gnu17 -fopenmp -I. -DTD_VERSION='"lint"' >build/lint.log 2>/dev/null ||
    { grep -E 'error:|warning:' build/lint.log | sort -u | head -n 40 >&2; echo "lint: clang-tidy" >&2; bad=1; }
[ "$bad" -eq 0 ] && echo "lint: ok"
exit $bad
