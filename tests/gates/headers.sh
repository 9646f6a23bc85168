#!/usr/bin/env bash
# tests/gates/headers.sh CC: every header compiles alone, has its own guard, and is at most 250 lines (gbdt/gbdt.h: 150).
set -u

check() { # CC HEADER
    local bad=0 guard lines limit=250
    printf '#include "%s"\ntypedef int td_not_empty;\n' "$2" | $1 -std=gnu17 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -I. -x c - ||
        { echo "headers: $2 does not compile alone" >&2; bad=1; }
    guard="TD_$(echo "${2%.h}" | tr 'a-z/' 'A-Z_')_H"
    grep -q "^#ifndef $guard\$" "$2" || { echo "headers: $2 lacks the guard $guard" >&2; bad=1; }
    [[ "$2" == tests/oracle/* ]] && return $bad # expected values: as long as their tables are
    [ "$2" = gbdt/gbdt.h ] && limit=150
    lines=$(wc -l <"$2")
    [ "$lines" -le "$limit" ] || { echo "headers: $2 has $lines lines, limit $limit" >&2; bad=1; }
    return $bad
}
if [ "${1:-}" = --one ]; then
    check "$2" "$3"
    exit
fi

headers=$(git ls-files -co --exclude-standard '*.h')
xargs -P "$(nproc)" -n 1 bash "$0" --one "${1:-gcc}" <<<"$headers" || exit 1
echo "headers: ok ($(wc -l <<<"$headers"))"
