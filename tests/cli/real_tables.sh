# train, predict, evaluate on public tables: a TSV without a header, texts as labels and categories.
. "$REPO/tests/cli/lib.sh"
need_data lightgbm_examples/binary.train
need_data tabular/adult_train.csv
examples=$TUNDISH_DATA/lightgbm_examples adult=$TUNDISH_DATA/tabular

# value FILE KEY: the last number of that key
value() { sed -n "s/.*\"$2\": \([0-9.e-]*\),*/\1/p" "$1" | tail -n 1; }
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }' || fail "$3: $1 is below $2"; }

# LightGBM itself reaches 0.83 here; a header is not made up from numbers
expect_status 0 "$TUNDISH" train --data "$examples/binary.train" --valid "$examples/binary.test" --no-header \
    --label-index 0 --model b.tundish num_leaves=31 --json b.json
at_least "$(value b.json auc)" 0.815 "AUC of binary.test"
expect_status 0 "$TUNDISH" train --data "$examples/binary.train" --valid "$examples/binary.test" --model b2.tundish
expect_in err "the first line holds numbers only and is read as data"
expect_in err "the first column, c0, is learned"
same b.tundish b2.tundish
expect_status 0 "$TUNDISH" predict --model b.tundish --data "$examples/binary.test" --no-header --keep c0 --out b.csv
expect_status 0 "$TUNDISH" evaluate --data b.csv --label c0 --score prediction --json e.json
[ "$(value b.json auc)" = "$(value e.json roc_auc)" ] || fail "train and evaluate differ in AUC"

# a LightGBM train.conf as it stands beside the examples; the command line wins
cat >train.conf <<CONF
task = train
boosting_type = gbdt
objective = binary
metric = binary_logloss,auc
metric_freq = 1
is_training_metric = true
max_bin = 255
data = $examples/binary.train
valid_data = $examples/binary.test
num_trees = 10
learning_rate = 0.1
num_leaves = 63
tree_learner = serial
feature_fraction = 0.8
bagging_freq = 5
bagging_fraction = 0.8
min_data_in_leaf = 50
min_sum_hessian_in_leaf = 5.0
is_enable_sparse = true
use_two_round_loading = false
is_save_binary_file = false
output_model = conf.tundish
num_machines = 1
CONF
expect_status 0 "$TUNDISH" train --config train.conf --no-header --json c.json
expect_count c.json trees 10
expect_in err "tree_learner has no effect"
[ "$(grep -c 'has no effect' err)" -eq 9 ] || { cat err; fail "one note for each key without meaning"; }
expect_status 0 "$TUNDISH" train --config train.conf --no-header --quiet --json c.json num_trees=3 --model other.tundish
expect_count c.json trees 3
[ ! -s err ] || fail "notes in spite of --quiet"
[ -s other.tundish ] || fail "the command line's model file"

# texts: the positive class must be named; categories need no encoding
refuse 2 "label income holds texts ('<=50K', '>50K'): say with --positive VALUE which one is 1" \
    "$TUNDISH" train --data "$adult/adult_train.csv" --label income --model a.tundish
for learner in gbdt logistic; do
    expect_status 0 "$TUNDISH" train --data "$adult/adult_train.csv" --label income --positive '>50K' \
        --valid "$adult/adult_test.csv" --learner $learner --model a.$learner --json a.json
    at_least "$(value a.json auc)" 0.90 "AUC of adult with $learner"
    expect_status 0 "$TUNDISH" predict --model a.$learner --data "$adult/adult_test.csv" --keep income --out a.csv
    expect_status 0 "$TUNDISH" evaluate --data a.csv --label income --positive '>50K' --score prediction --json e.json
    [ "$(value a.json auc)" = "$(value e.json roc_auc)" ] || fail "train and evaluate differ in AUC with $learner"
done

# a number column with missing labels at the end: the place is named
refuse 1 "kc_house_data.csv:21611:32: the label is missing (column price: '')" \
    "$TUNDISH" train --data "$adult/kc_house_data.csv" --label price --objective regression --model h.tundish
