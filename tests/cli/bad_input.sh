# Bad input: every error names file, line, column and value; exit 1 or 2; nothing half-written.
. "$REPO/tests/cli/lib.sh"
header=timestamp,visitorid,event,itemid,transactionid

# --- shop folders ---------------------------------------------------------------------------------
refuse 1 "none: no such folder" "$TUNDISH" kpi none
: >file
refuse 1 "file: is a file; a shop folder is expected" "$TUNDISH" kpi file
mkdir empty_folder folder_inside shop
refuse 1 "events.csv" "$TUNDISH" kpi empty_folder
mkdir folder_inside/events.csv
refuse 1 "folder_inside/events.csv: cannot read: Is a directory" "$TUNDISH" kpi folder_inside
: >shop/events.csv
refuse 1 "shop/events.csv" "$TUNDISH" kpi shop
echo "timestamp,visitorid,event,itemid" >shop/events.csv
refuse 1 "transactionid" "$TUNDISH" kpi shop
echo $header >shop/events.csv
expect_status 0 "$TUNDISH" kpi shop --json -
expect_count out rows_read 0
expect_in out '"value": null'
expect_status 0 "$TUNDISH" kpi shop
refuse 1 "" "$TUNDISH" features shop --out f.csv
[ ! -e f.csv ] || fail "features of an empty log"

# one row of every reason, among good ones: kept + excluded = read, and the raw text is kept
{
    echo $header
    for i in 1 2 3 4 5 6 7 8; do echo "100000000000$i,1,view,$i,"; done
    echo "1,2,view,3"
    echo "-5,1,view,1,"
    echo "1,x,view,1,"
    echo "1,1,look,1,"
    echo "1,1,view,9223372036854775808,"
    echo "1,1,transaction,1,"
    echo "1,1,view,1,7"
    echo "1000000000001,1,view,1,"
    echo "253402300800000,1,view,1,"
} >shop/events.csv
expect_status 0 "$TUNDISH" load shop --exclusions excluded.csv --json load.json
expect_count load.json rows_read 17
expect_count load.json rows_kept 8
expect_count load.json rows_excluded 9
for reason in field_count bad_visitor unknown_event bad_item missing_transactionid unexpected_transactionid \
    exact_duplicate; do
    expect_count load.json $reason 1
    expect_in excluded.csv ",$reason,"
done
expect_count load.json bad_timestamp 2
expect_in excluded.csv 'events.csv,13,unknown_event,"1,1,look,1,"'
[ "$(wc -l <excluded.csv)" -eq 10 ] || fail "rows of exclusions.csv"

# more than 1 % and more than 10 rows excluded: the first one is named, the list is still written
for i in 1 2 3; do echo "1,1,look,$i,"; done >>shop/events.csv
rm excluded.csv
refuse 1 "shop/events.csv:10" "$TUNDISH" kpi shop --exclusions excluded.csv
expect_in err "field_count"
[ "$(wc -l <excluded.csv)" -eq 13 ] || fail "exclusions of a refused log"
expect_status 0 "$TUNDISH" kpi shop --max-excluded 1
{ echo $header; echo '1,1,"view,1,'; } >shop/events.csv
refuse 1 "shop/events.csv:2" "$TUNDISH" kpi shop

# the category tree: a category with two parents, a cycle
{ echo $header; echo "1,1,view,1,"; } >shop/events.csv
printf 'categoryid,parentid\n1,2\n1,3\n' >shop/category_tree.csv
refuse 1 "category" "$TUNDISH" load shop
printf 'categoryid,parentid\n1,2\n2,1\n3,9\n' >shop/category_tree.csv
expect_status 0 "$TUNDISH" load shop
expect_in out "cycles cut in the category tree: 1"
expect_in out "categories named as a parent without a row of their own: 1"

# --- plain tables ---------------------------------------------------------------------------------
# table TEXT -> t.csv
table() { printf '%b' "$1" >t.csv; }
train=("$TUNDISH" train --label y --model m.tundish --data)
refuse 1 "none.csv: cannot open: No such file or directory" "${train[@]}" none.csv
refuse 1 "shop: cannot read: Is a directory" "${train[@]}" shop
table ''
refuse 1 "t.csv: is empty" "${train[@]}" t.csv
table 'y,a\n'
refuse 1 "t.csv: holds a header and no rows" "${train[@]}" t.csv
table 'y,a\n1,2\n0\n'
refuse 1 "t.csv:3:1: short row: 1 field where 2 are expected" "${train[@]}" t.csv
table 'y,a\n1,2\n0,3,4\n'
refuse 1 "t.csv:3:" "${train[@]}" t.csv
expect_in err "long row: 3 fields where 2 are expected"
table 'y,a\n1,2\n0,x\n'
refuse 1 "t.csv:3:3: 'x' is not a number (column 'a')" "${train[@]}" t.csv
table 'y,a\n1,2\n0,1e999\n'
refuse 1 "t.csv:3:3: '1e999' is too large for a number (column 'a')" "${train[@]}" t.csv
table 'y,a\n1,2\nnan,3\n0,4\n'
refuse 1 "t.csv:3:1: the label is missing (column y: 'nan')" "${train[@]}" t.csv
table 'y,a\n1,2\n2,3\n'
refuse 1 "t.csv:3:1: a label is not 0 or 1 (objective=regression takes any number) (column y: '2')" "${train[@]}" t.csv
table 'y,a\n1,2\n1,3\n'
refuse 1 "t.csv: all 2 labels are 1" "${train[@]}" t.csv
table 'y,y\n1,2\n'
refuse 1 "t.csv:1:3: column name 'y' stands twice" "${train[@]}" t.csv
table 'y,a\n1,"2\n'
refuse 1 "t.csv:2:3: quote is never closed" "${train[@]}" t.csv
table 'z,a\n1,2\n0,3\n'
refuse 2 "t.csv: no column 'y'; the nearest is 'z'" "${train[@]}" t.csv
table 'y,a\nyes,2\nno,3\n'
refuse 2 "label y holds texts ('no', 'yes')" "${train[@]}" t.csv
refuse 2 "label y has no value 'ja'; it holds 'no', 'yes'" "${train[@]}" t.csv --positive ja
table 'y,w\n1,1\n0,-1\n'
refuse 1 "t.csv:3:3: a weight is not a positive number (column w: '-1')" "${train[@]}" t.csv --weight w
printf '"y","a\nb"\r\n1,"x\r\ny"\r\n0,z\r\n3,z\r\n' >t.csv # lines inside quotes count
refuse 1 "t.csv:6:1: a label is not 0 or 1 (objective=regression takes any number) (column y: '3')" "${train[@]}" t.csv
[ ! -e m.tundish ] || fail "a model from bad input"

# parameters
labelled table.csv 500
good=("$TUNDISH" train --label y --model m.tundish --data table.csv)
refuse 2 "unknown option or parameter 'num_leafs', the nearest is 'num_leaves'" "${good[@]}" num_leafs=3
refuse 2 "unknown option or parameter 'lable', the nearest is 'label'" "${good[@]}" --lable y
refuse 2 "num_leaves: 1 lies outside" "${good[@]}" --num-leaves 1
refuse 2 "learning_rate: 'fast' is not a number" "${good[@]}" --learning-rate fast
refuse 2 "num_leaves was already given another value" "${good[@]}" --num-leaves 3 --max-leaves 4
refuse 2 "needs a value" "${good[@]}" --num-leaves
refuse 2 "early_stopping_round needs --valid FILE" "${good[@]}" --early-stopping-round 5
refuse 2 "boosting: 'dart' is not available" "${good[@]}" boosting=dart
refuse 2 "no column 'q'; the nearest is" "${good[@]}" --ignore q
refuse 2 "--delimiter: 'xx' is not one character" "${good[@]}" --delimiter xx
refuse 2 "--label-index: 9, but table.csv has 4 columns" "$TUNDISH" train --data table.csv --label-index 9 --model m.tundish
refuse 2 "--label COL is missing" "$TUNDISH" train --data table.csv --model m.tundish
refuse 2 "--data FILE is missing" "$TUNDISH" train --label y --model m.tundish
refuse 2 "--model FILE is missing" "$TUNDISH" train --data table.csv --label y

# models and scores
expect_status 0 "${good[@]}" num_iterations=5
cut -d, -f1,2 table.csv >poor.csv
for model in "m.tundish" "l.tundish"; do
    expect_status 0 "$TUNDISH" train --label y --model l.tundish --data table.csv --learner logistic
    status=0
    "$TUNDISH" predict --model $model --data poor.csv --out p.csv >out 2>err || status=$?
    [ "$status" -eq 1 ] || [ "$status" -eq 2 ] || fail "exit $status without a column of the model"
    grep -qE "poor.csv: .*'(b|text)'" err || { cat err; fail "the missing column is not named"; }
    head -c 200 $model >cut.tundish
    refuse 1 "cut.tundish" "$TUNDISH" predict --model cut.tundish --data table.csv --out p.csv
    sed '3s/[1-8]/9/' $model >changed.tundish
    refuse 1 "changed.tundish" "$TUNDISH" predict --model changed.tundish --data table.csv --out p.csv
done
refuse 1 "table.csv:1:1: not a tundish model" "$TUNDISH" predict --model table.csv --data table.csv --out p.csv
refuse 1 "none: cannot open" "$TUNDISH" predict --model none --data table.csv --out p.csv
refuse 2 "no column 'q'" "$TUNDISH" predict --model m.tundish --data table.csv --keep q --out p.csv
[ ! -e p.csv ] || fail "scores from a bad model"
printf 'y,s,t\n1,0.5,a\n0,,b\n' >s.csv
refuse 1 "s.csv:3:3: the score is missing (column s: '')" "$TUNDISH" evaluate --data s.csv --label y --score s
refuse 1 "the score is not a number (column t: 'a')" "$TUNDISH" evaluate --data s.csv --label y --score t
refuse 2 "s.csv: no column 'q'" "$TUNDISH" evaluate --data s.csv --label y --score q
