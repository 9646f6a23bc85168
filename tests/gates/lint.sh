#!/usr/bin/env bash
# tests/gates/lint.sh: formatting, cppcheck and a small set of clang-tidy checks over the whole tree.
#
# clang-tidy (nearly all of it the static analyzer) takes 1 to 3 s a file and sees nothing but the file with what it includes, the
# checks and its own version. A hash of these names an empty file below build/lint once there was nothing to report; such a
# file is not looked at again.
set -u
config=tests/gates/clang-tidy.yml
flags=(-std=gnu17 -fopenmp -I. -DTD_VERSION='"lint"')

tidy() { # FILE: comments count too (-C), they can switch checks off
    local key
    key=build/lint/$({ cat "$config"; clang-tidy --version; echo "$1"; clang -E -C "${flags[@]}" "$1"; } | sha256sum | cut -c 1-40)
    [ -e "$key" ] && return 0
    clang-tidy --quiet --config-file="$config" "$1" -- "${flags[@]}" 2>/dev/null && touch "$key"
}
if [ "${1:-}" = --one ]; then
    tidy "$2"
    exit
fi

bad=0
mkdir -p build/lint
git ls-files -co --exclude-standard '*.c' '*.h' | xargs -P "$(nproc)" -n 50 clang-format --dry-run -Werror >build/lint.log 2>&1 ||
    { head -n 20 build/lint.log >&2; echo "lint: run make format" >&2; bad=1; }
library=$(git ls-files -co --exclude-standard core stats gbdt uplift io datasets cli | grep '\.c$')
# shellcheck disable=SC2086
cppcheck --quiet -j "$(nproc)" --std=c11 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 \
    --suppressions-list=tests/gates/cppcheck.txt -I. $library || { echo "lint: cppcheck" >&2; bad=1; }
grep -vE '_avx(2|512)\.c$' <<<"$library" | xargs -P "$(nproc)" -n 1 bash "$0" --one >build/lint.log ||
    { grep -E 'error:|warning:' build/lint.log | sort -u | head -n 40 >&2; echo "lint: clang-tidy" >&2; bad=1; }
[ "$bad" -eq 0 ] && echo "lint: ok"
exit $bad
