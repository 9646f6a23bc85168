#!/usr/bin/env bash
# tests/gates/sizes.sh: lengths of functions and files, parameters, width (the limits stand below).
#
# A function: median <= 20 lines, 90 % <= 60, none over 100, at most 6 parameters. A file: none over 600 lines.
# A line: at most 100 characters. Tables (arrays) are no functions and do not count.
set -u
command -v ctags >/dev/null || { echo "sizes: universal-ctags is missing (make deps-dev)" >&2; exit 1; }
bad=0
files=$(git ls-files -co --exclude-standard '*.c' '*.h')
for file in $files; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 600 ] || { echo "sizes: $file has $lines lines" >&2; bad=1; }
done
awk 'length($0) > 100 {print "sizes: " FILENAME ":" FNR ": " length($0) " characters wide"; bad = 1} END {exit bad}' $files >&2 || bad=1

# shellcheck disable=SC2086
ctags -f - --fields=+neS --kinds-C=f --languages=C --langmap=C:.c.h $files | awk -F'\t' '
    {
        start = end = 0; signature = ""
        for (i = 4; i <= NF; i++) {
            if ($i ~ /^line:/) start = substr($i, 6)
            if ($i ~ /^end:/) end = substr($i, 5)
            if ($i ~ /^signature:/) signature = substr($i, 11)
        }
        if (!start || !end) next
        length_of = end - start + 1; all[n++] = length_of
        if (length_of > 60) over60++
        if (length_of > 100) { print "sizes: " $2 ":" start ": " $1 " has " length_of " lines"; bad = 1 }
        sub(/, *\.\.\./, "", signature); parameters = gsub(/,/, ",", signature) + 1
        if (parameters > 6 && $2 !~ /^(tests|bench)\//) { print "sizes: " $2 ":" start ": " $1 " has " parameters " parameters"; bad = 1 }
    }
    END {
        asort_n = n; for (i = 1; i < n; i++) { v = all[i]; for (j = i - 1; j >= 0 && all[j] > v; j--) all[j + 1] = all[j]; all[j + 1] = v }
        median = all[int(n / 2)]; share = n ? over60 / n : 0
        printf "sizes: %d functions, median %d lines, 90th percentile %d, longest %d, over 60 lines %.1f %%\n", n, median, all[int(.9 * n)], all[n - 1], 100 * share
        if (median > 20) { print "sizes: median function over 20 lines"; bad = 1 }
        if (share > .10) { print "sizes: more than 10 % of functions over 60 lines"; bad = 1 }
        exit bad
    }' >&2 || bad=1
[ "$bad" -eq 0 ] && echo "sizes: ok"
exit $bad
