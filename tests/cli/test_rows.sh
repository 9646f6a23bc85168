# Nothing fitted sees a test row: with every row of the test part replaced, labels and features, the models keep their bytes.
. "$REPO/tests/cli/lib.sh"
"$TUNDISH" generate --preset demo --seed 11 --scale 0.5 --out shop >/dev/null
expect_status 0 "$TUNDISH" run shop --out before num_iterations=40

# Times and visitors stay, so that the split stays. From the test boundary on every event shows the next event's item, and a
# purchase after a test session's decision becomes a view, so that every test label is 0.
features=before.csv
expect_status 0 "$TUNDISH" features shop --out before.csv
boundary=$(awk -F, '$5 == "test" && (b == "" || $3 < b) { b = $3 } END { print b }' $features)
mkdir other
cp shop/item_properties* shop/category_tree.csv other
awk -F, -v OFS=, -v from="$boundary" '
    FNR == NR { if ($5 == "test" && $6 == 1) decision[$2] = decision[$2] " " $4; next }
    FNR == 1 || $1 < from { print; next }
    { n = split(decision[$2], at, " ")
      for (i = 1; i <= n; i++) if ($3 == "transaction" && $1 > at[i] && $1 <= at[i] + 7200000) { $3 = "view"; $5 = "" }
      item = $4; $4 = last == "" ? item : last; last = item; print }' $features shop/events.csv >other/events.csv
expect_status 0 "$TUNDISH" run other --out after num_iterations=40
expect_status 0 "$TUNDISH" features other --out after.csv

part() { awk -F, -v p="$1" 'NR > 1 && $5 == p' "$2.csv"; }
for name in train valid; do
    part $name before >one
    part $name after >two
    [ -s one ] || fail "no $name rows"
    same one two
done
part test before >one
part test after >two
[ "$(wc -l <one)" -eq "$(wc -l <two)" ] || fail "the split has moved"
[ "$(awk -F, '$6 == 1' one | wc -l)" -gt 20 ] || fail "too few purchases to tell"
[ "$(awk -F, '$6 == 1' two | wc -l)" -eq 0 ] || fail "labels of the test part were not replaced"
[ "$(cut -d, -f7- one | sort | comm -12 - <(cut -d, -f7- two | sort) | wc -l)" -lt "$(($(wc -l <one) / 10))" ] ||
    fail "features of the test part were not replaced"
same before/results/models/primary.tundish after/results/models/primary.tundish
same before/results/models/alternative.tundish after/results/models/alternative.tundish
same before/results/models/baseline.tundish after/results/models/baseline.tundish
! cmp -s before/results/metrics/evaluation.json after/results/metrics/evaluation.json || fail "nothing was replaced"
