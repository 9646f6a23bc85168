# Extracts of a run are Parquet that other readers understand; train, predict and evaluate take them in.
. "$REPO/tests/cli/lib.sh"
small_shop shop
expect_status 0 "$TUNDISH" run shop --out run num_iterations=20 --leak-audit none
expect_status 0 "$TUNDISH" funnel shop --out session_funnels.csv
expect_status 0 "$TUNDISH" features shop --out ml_features.csv
awk -F, -v OFS=, 'NR == 1 || $4 == "test"' run/results/predictions/scores.csv >test_predictions.csv

# the same table, the same bytes: from a run, from a command, with any number of threads
expect_status 0 "$TUNDISH" features shop --out one.parquet --threads 1
expect_status 0 "$TUNDISH" features shop --out four.parquet --threads 4
same one.parquet four.parquet

# a model from Parquet is the model from CSV
learn() { expect_status 0 "$TUNDISH" train --data "$1" --label label --ignore session_id,visitorid,start,decision,split \
    --model "$2" num_iterations=20; }
learn ml_features.csv csv.tundish
learn run/data/extracts/ml_features.parquet parquet.tundish
same csv.tundish parquet.tundish
for kind in csv parquet; do
    source=ml_features.csv
    [ $kind = csv ] || source=run/data/extracts/ml_features.parquet
    expect_status 0 "$TUNDISH" predict --model csv.tundish --data $source --keep session_id,label --out scored.$kind
done
# told by its first bytes, whatever it is called
cp run/data/extracts/ml_features.parquet unnamed
expect_status 0 "$TUNDISH" predict --model csv.tundish --data unnamed --keep session_id,label --out scored.unnamed
same scored.csv scored.unnamed
expect_status 0 "$TUNDISH" evaluate --data run/data/extracts/test_predictions.parquet --label label --score primary --json -
cp out parquet.json
expect_status 0 "$TUNDISH" evaluate --data test_predictions.csv --label label --score primary --json -
same out parquet.json

# errors name file, column and row
refuse 2 "no column 'labl'; the nearest is 'label'" "$TUNDISH" train --data unnamed --label labl --model none
head -c 2000 unnamed >cut.parquet
refuse 1 "cut.parquet: not a whole Parquet file" "$TUNDISH" train --data cut.parquet --label label --model none
refuse 1 "prefix_to_cart_s, row" "$TUNDISH" evaluate --data unnamed --label prefix_to_cart_s --score label

# LibSVM text: the model of the same numbers, features that no row has, errors with their place
printf '1 1:5 3:1\n0 2:3\n1 1:4\n0 3:2\n%.0s' {1..100} >a.svm
printf 'label,f1,f2,f3\n' >a.csv
printf '1,5,0,1\n0,0,3,0\n1,4,0,0\n0,0,0,2\n%.0s' {1..100} >>a.csv
expect_status 0 "$TUNDISH" train --data a.svm --valid a.svm --model svm.tundish num_iterations=5
expect_in err "the first column, label, is learned"
expect_status 0 "$TUNDISH" train --data a.csv --label label --valid a.csv --model csv2.tundish num_iterations=5
same svm.tundish csv2.tundish
printf '1 1:5\n0\n' >few.svm
expect_status 0 "$TUNDISH" predict --model svm.tundish --data few.svm --keep label --out few.csv
[ "$(wc -l <few.csv)" -eq 3 ] || fail "rows of few.svm"
expect_status 0 "$TUNDISH" evaluate --data a.svm --label label --score f1
printf '1 1:5\n0 1:x\n' >bad.svm
refuse 1 "bad.svm:2:5: not a number: 'x'" "$TUNDISH" train --data bad.svm --model none

# DuckDB and hyparquet read every cell back
readers=$(bash "$REPO/tests/interop/install.sh" "$TUNDISH_BUILD") || skip "DuckDB and hyparquet cannot be installed"
run_id=$(sed -n 's/.*"run_id": "\([0-9a-f]*\)".*/\1/p' run/manifest.json)
for table in session_funnels ml_features test_predictions; do
    node "$readers/read_parquet.mjs" run/data/extracts/$table.parquet $table.csv "$run_id"
done
