# uplift tree: the best rule of two questions over several arms and costs; what cannot be is named.
. "$REPO/tests/cli/lib.sh"

# Arm A brings 1 where x > 0, arm B brings 2 where x <= 0 and shop is south; else they bring nothing. Two sessions a visitor.
awk 'BEGIN { s = 7; print "id,arm,w,x,z,shop,y"
    for (i = 0; i < 3000; i++) {
        for (k = 0; k < 4; k++) { s = (s * 16807) % 2147483647; u[k] = s / 2147483647 }
        arm = int(3 * u[0]); x = u[1] - 0.5; shop = u[2] < 0.5 ? "south" : u[2] < 0.75 ? "north" : "west"
        y = (arm == 1 && x > 0) + 2 * (arm == 2 && x <= 0 && shop == "south") + 2 * u[3] - 1
        printf "v%d,%s,%d,%.4f,%.4f,%s,%.4f\n", i / 2, substr("noneA   B   ", 1 + 4 * arm, 4), arm == 1, x, u[3] * u[1], shop, y
    } }' | sed 's/  *,/,/' >rct.csv
tree() { "$TUNDISH" uplift tree --data rct.csv --treatment arm --arms none,A,B --outcome y --ignore w,z --id id --propensity share --min-rows 200 "$@"; }

# at no cost the rule above: worth (1/2) 1 + (1/4) 2 = 1 a row
expect_status 0 tree --threads 1 --json one.json --out one.csv
expect_status 0 tree --threads 3 --json three.json --out three.csv
same one.json three.json
same one.csv three.csv
expect_keys one.json rows left_out arms value_of_outcome cost propensity low high clipped depth questions is_asked feature threshold levels \
    yes no share_fitted value_fitted best_single arm held_out value share against all_rows_get difference se ci p_value
expect_count one.json depth 2
head -1 one.csv | grep -qx "row,id,action" || fail "header of the list"
paste -d, rct.csv one.csv | awk -F, 'NR > 1 { want = $4 > 0 ? "A" : $6 == "south" ? "B" : $10; right += want == $10 } END { exit !(right / (NR - 1) > 0.98) }' ||
    fail "the tree does not find the rule"
awk '/"held_out"/ { h = 1 } h && /"value": [0-9.]+,/ { v = $2 + 0; exit } END { exit !(v > 0.9 && v < 1.1) }' one.json || fail "worth of the rule is not 1"
expect_status 0 tree
expect_in out "policy tree"
expect_in out "shop in {south}?"

# shares that stand under the printed tree are its own, as --out has them
mail=$(awk -F, 'NR > 1 { n++; a += $3 == "A" } END { printf "%.1f", 100 * a / n }' one.csv)
grep -q "$mail % of the rows: A" out || fail "share of A is not that of the list, $mail %: $(cat out)"

# a cost above what A brings leaves B; costs are in the currency of --value
expect_status 0 tree --cost 1.2,0.5 --json cost.json --out cost.csv
[ "$(grep -c ',A$' cost.csv)" -eq 0 ] || fail "A is given though it costs more than it brings"
paste -d, rct.csv cost.csv | awk -F, 'NR > 1 { want = $4 <= 0 && $6 == "south" ? "B" : "none"; right += want == $10 } END { exit !(right / (NR - 1) > 0.98) }' ||
    fail "the tree with costs does not find the rule"
expect_status 0 tree --value 10 --cost 12,5 --out ten.csv
same cost.csv ten.csv
expect_status 0 tree --cost 50 --json dear.json
expect_count dear.json depth 0

# depth 1 asks once; two arms by 0 and 1; clusters widen the errors of copied rows
expect_status 0 tree --depth 1 --json shallow.json
expect_count shallow.json depth 1
expect_status 0 "$TUNDISH" uplift tree --data rct.csv --treatment w --outcome y --ignore arm,z,id
expect_in out "do not treat"
awk 'NR == 1 || 1 { print } NR > 1 { print }' rct.csv >twice.csv
error_of() { awk '/"held_out"/ { h = 1 } h && /"se"/ { print $2 + 0; exit }' "$1"; }
expect_status 0 tree --data twice.csv --json rows.json
expect_status 0 tree --data twice.csv --cluster id --json visitors.json
awk -v a="$(error_of rows.json)" -v b="$(error_of visitors.json)" 'BEGIN { exit !(b / a > 1.3 && b / a < 1.9) }' || fail "errors by cluster: $(error_of rows.json) and $(error_of visitors.json)"

# clusters and clipped propensities are counted in both reports; an id's name may hold a comma
expect_count visitors.json clusters 1500
expect_status 0 tree --data twice.csv --cluster id --clip 0.4
expect_in out "1,500 clusters"
expect_status 0 tree --clip 0.4 --json clip.json
clipped=$(awk '/"clipped"/ { print $2 + 0 }' clip.json)
[ "$clipped" -gt 0 ] || fail "nothing is clipped at 0.4: $clipped"
expect_status 0 tree --clip 0.4
sed 's/,//g' out | grep -q "$clipped clipped" || fail "clipped propensities are not in the text"
sed '1s/^id/"visitor,id"/' rct.csv >comma.csv
expect_status 0 tree --data comma.csv --id visitor,id --out comma_out.csv
cmp -s <(tail -n +2 comma_out.csv) <(tail -n +2 one.csv) || fail "a comma in the id's name"

# what cannot be
refuse 2 "--cost: '1,2,3' has 3 entries for 2 treated arms" tree --cost 1,2,3
refuse 2 "--cost: '-1' is not a number from 0 on" tree --cost=-1
refuse 2 "--arms: arm has no value 'C'" tree --arms none,C
refuse 2 "no column 'nobody'" tree --id nobody
refuse 2 "no column 'id,x'" tree --id id,x
refuse 2 "depth" tree --depth 3
refuse 1 "rct.csv: row 1: the propensity of arm 'none' is 0" tree --propensity 0.5,0.5
refuse 2 "has 1 entries for 2 treated arms" tree --propensity 0.5
no_partials
