# Peak memory of train: the table's numbers in four bytes each, the file's pages given back once read.
. "$REPO/tests/cli/lib.sh"

# 200,000 rows of 20 columns: 20 MB of text; as doubles the columns alone are 32 MB
awk 'BEGIN { srand(7); printf "y"; for (j = 0; j < 20; j++) printf ",f%d", j; print ""
    for (i = 0; i < 200000; i++) { printf "%d", rand() < 0.3; for (j = 0; j < 20; j++) printf ",%.2f", 9 * rand(); print "" } }' >t.csv
peak() { sed -n 's/.*"peak_memory_bytes": \([0-9]*\).*/\1/p' "$1"; }

expect_status 0 "$TUNDISH" version
"$TUNDISH" train --data t.csv --label y --model a.m --json a.json --threads 1 num_iterations=1 num_leaves=4
head -n 101 t.csv >small.csv
"$TUNDISH" train --data small.csv --label y --model b.m --json b.json --threads 1 num_iterations=1 num_leaves=4
# cells 16 MB, sorting 6.4, labels 3.2, codes 4, pages of the file under way; not the 20 MB of text
more=$(($(peak a.json) - $(peak b.json)))
# (an instrumented build keeps freed memory for a while)
[ "$more" -lt 30000000 ] || [ -n "${TD_SANITIZED:-}" ] || fail "train needs $more bytes more for 16 MB of cells"
[ "$more" -gt 16000000 ] || fail "the measure of memory is broken: $more"

# an archive's text stays in memory, with the same model
gzip -1 -c t.csv >t.csv.gz
"$TUNDISH" train --data t.csv.gz --label y --model c.m num_iterations=1 num_leaves=4
same a.m c.m
