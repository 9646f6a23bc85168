# train, predict, evaluate on a made-up table.
. "$REPO/tests/cli/lib.sh"
labelled table.csv 3000
labelled whole.csv 4000
{ head -n 1 whole.csv; tail -n 1000 whole.csv; } >valid.csv

# train: JSON keys, timings that add up, parameters in every spelling
expect_status 0 "$TUNDISH" train --data table.csv --label y --valid valid.csv --model m.tundish --json m.json \
    --num-leaves 15 --num_iterations=40
expect_in out "m.tundish: 40 trees on 3 features, label y"
expect_keys m.json timings load bin train predict other wall metrics valid auc log_loss trees threads peak_memory_bytes
awk '/"(load|bin|train|predict|other)": [0-9]/ { sub(/,/, ""); sum += $2 } /"wall":/ { sub(/,/, ""); wall = $2 }
     END { exit !(wall > 0 && sum > 0.98 * wall && sum < 1.02 * wall) }' m.json || fail "timings do not add up"
expect_status 0 "$TUNDISH" train --data table.csv --label y --valid valid.csv --model m2.tundish num_leaves=15 n_estimators=40
same m.tundish m2.tundish
printf 'num_leaves = 15\nnum_iterations = 99\ndata = table.csv\nlabel = y\nvalid = valid.csv\n' >train.conf
expect_status 0 "$TUNDISH" train --config train.conf --num-iterations 40 --model m3.tundish
same m.tundish m3.tundish
expect_status 0 "$TUNDISH" train --data table.csv --label-index 0 --valid valid.csv --model m4.tundish num_leaves=15 num_round=40
same m.tundish m4.tundish
expect_status 0 "$TUNDISH" train --data table.csv --label y --valid valid.csv --model s.tundish --json s.json \
    early_stopping_round=5 learning_rate=0.5 num_iterations=300
trees=$(sed -n 's/.*"trees": \([0-9]*\),*/\1/p' s.json)
[ "$trees" -gt 0 ] && [ "$trees" -lt 300 ] || fail "early stopping left $trees trees"

# going on from a model: 15 rounds and 25 more are 40 rounds, whatever is drawn on the way; what does not fit is named
for more in "" "bagging_fraction=0.7 bagging_freq=2 feature_fraction=0.6"; do
    # shellcheck disable=SC2086
    for part in "40 whole" "15 first" "25 second --init-model first.tundish"; do
        set -- $part
        expect_status 0 "$TUNDISH" train --data table.csv --label y --valid valid.csv --model "$2.tundish" ${3:-} ${4:-} \
            --json "$2.json" num_leaves=15 num_iterations="$1" $more
    done
    same whole.tundish second.tundish
    expect_count second.json iterations 40
done
expect_status 0 "$TUNDISH" train --data table.csv --label y --valid valid.csv --model in.tundish num_leaves=15 num_iterations=25 \
    input_model=first.tundish bagging_fraction=0.7 bagging_freq=2 feature_fraction=0.6
same in.tundish second.tundish
refuse 1 "no column is named 'b'" "$TUNDISH" train --data table.csv --label y --ignore b --init-model first.tundish --model x.tundish
refuse 2 "another objective" "$TUNDISH" train --data table.csv --label y --init-model first.tundish --model x.tundish objective=regression
refuse 1 "nowhere.tundish" "$TUNDISH" train --data table.csv --label y --init-model nowhere.tundish --model x.tundish

# both spellings of the logistic baseline; a weight; columns left out; number columns as categories
expect_status 0 "$TUNDISH" train --data table.csv --label y --learner logistic --model l.tundish
expect_in out "Newton steps"
expect_status 0 "$TUNDISH" train --data table.csv --label y --model logistic --out l2.tundish
same l.tundish l2.tundish
refuse 2 "--model logistic names the learner" "$TUNDISH" train --data table.csv --label y --model logistic
expect_status 0 "$TUNDISH" train --data table.csv --label y --weight a --ignore b --model w.tundish
refuse 1 "table.csv: the table has no feature columns" "$TUNDISH" train --data table.csv --label y --weight a --ignore b,text --model x.tundish
expect_status 0 "$TUNDISH" train --data table.csv --label y --categorical b --model c.tundish num_iterations=2

# compressed and differently delimited files give the same model
gzip -c table.csv >t.csv.gz
tr ',' ';' <table.csv >semicolon.csv
tr ',' '|' <table.csv >bar.csv
sed 's/$/\r/' table.csv >crlf.csv
for table in "t.csv.gz" "semicolon.csv" "bar.csv --delimiter |" "crlf.csv"; do
    expect_status 0 "$TUNDISH" train --data $table --label y --model t.tundish num_leaves=15 num_round=40
    expect_status 0 "$TUNDISH" train --data table.csv --label y --model u.tundish num_leaves=15 num_round=40
    same t.tundish u.tundish
done

# predict: probabilities, raw scores, kept columns, column order without meaning
expect_status 0 "$TUNDISH" predict --model m.tundish --data valid.csv --out p.csv --json p.json
expect_keys p.json timings load predict write rows
expect_count p.json rows 1000
head -n 1 p.csv | grep -qx prediction || fail "header of predictions"
awk 'NR > 1 && !($1 > 0 && $1 < 1)' p.csv | grep -q . && fail "a probability outside 0 to 1"
expect_status 0 "$TUNDISH" predict --model m.tundish --data valid.csv --keep y,text --raw --out -
head -n 1 out | grep -qx 'y,text,prediction,raw' || fail "header with kept columns"
[ "$(cut -d, -f3 out | tail -n +2 | md5sum)" = "$(tail -n +2 p.csv | md5sum)" ] || fail "predictions change with --keep"
awk -F, 'NR > 1 { d = $3 - 1 / (1 + exp(-$4)); if (d > 1e-12 || d < -1e-12) exit 1 }' out || fail "raw is not the log-odds"
awk -F, 'BEGIN { OFS = "," } { print $4, "x" $1, $3, $2, $1 }' valid.csv | sed '1s/xy/extra/' >turned.csv
expect_status 0 "$TUNDISH" predict --model m.tundish --data turned.csv --out turned.out
same p.csv turned.out

# evaluate: keys, a case done by hand, undefined values as null with a reason
printf 'y,s\n1,0.9\n0,0.8\n1,0.7\n0,0.1\n' >hand.csv
expect_status 0 "$TUNDISH" evaluate --data hand.csv --label y --score s --k 1,50% --json -
expect_in out '"roc_auc": 0.75'
expect_in out '"average_precision": 0.8333333333333333'
expect_in out '"ks": 0.5'
expect_keys out log_loss brier at_k k precision recall lift
expect_in out '"brier": 0.1875'
expect_status 0 "$TUNDISH" evaluate --data hand.csv --label y --score s
expect_in out "ROC AUC"
printf 'y,s\n1,0.9\n1,0.8\n' >one.csv
expect_status 0 "$TUNDISH" evaluate --data one.csv --label y --score s --k 5 --json -
expect_in out '"roc_auc": null'
expect_in out '"roc_auc_reason":'
printf 'y,s\n1,9\n0,8\n' >big.csv
expect_status 0 "$TUNDISH" evaluate --data big.csv --label y --score s --json -
expect_in out '"log_loss": null'
expect_in out '"log_loss_reason":'
refuse 2 "--k: '0' is neither a number of rows nor a share" "$TUNDISH" evaluate --data hand.csv --label y --score s --k 0
refuse 2 "--k: '150%' is not a share" "$TUNDISH" evaluate --data hand.csv --label y --score s --k 150%
no_partials

# a messy table: what the model does not need may hold anything, what is kept is kept letter by letter
awk -F, 'NR == 1 { print "id,mess," $0 ",w"; next } { id = NR == 3 ? "9007199254740993" : sprintf("%05d", NR)
    print id "," (NR % 2 ? "x" NR : NR) "," $0 ",1" }' table.csv >messy.csv
cut -d, -f1-6 messy.csv >unweighted.csv
sed '6s/,0\.[0-9]*,/,far,/' unweighted.csv >text.csv
messy=("$TUNDISH" train --data messy.csv --weight w --ignore id,mess --model messy.tundish num_iterations=5)
refuse 1 "'x3' is not a number (column 'mess')" "$TUNDISH" train --data messy.csv --label y --model n.tundish
expect_status 0 "${messy[@]}" --label y --valid unweighted.csv
refuse 1 "text.csv:6:" "${messy[@]}" --label y --valid text.csv
refuse 2 "with --ignore say --label NAME" "${messy[@]}" --label-index 2
expect_status 0 "$TUNDISH" predict --model messy.tundish --data messy.csv --keep id,a,mess --out kept.csv
same <(cut -d, -f1,2 messy.csv) <(cut -d, -f1,3 kept.csv)
[ "$(cut -d, -f2 kept.csv | sed -n 2p)" = "$(sed -n 2p messy.csv | cut -d, -f4 | sed 's/0*$//')" ] || fail "a kept number"
refuse 1 "text.csv:6:" "$TUNDISH" predict --model messy.tundish --data text.csv --out n.csv
expect_in err "'far' is not a number (column 'a')"
expect_status 0 "$TUNDISH" predict --model messy.tundish --data messy.csv --keep y,id,mess --out kept.csv
expect_status 0 "$TUNDISH" evaluate --data kept.csv --label y --score prediction
tail -n +2 messy.csv >bare.csv
refuse 2 "no column 'c2'" "$TUNDISH" train --data bare.csv --no-header --ignore c0,c1,c2 --label 2 --model n.tundish
expect_status 0 "$TUNDISH" train --data bare.csv --no-header --ignore c0,c1 --label 2 --model n.tundish --json - num_iterations=5
expect_in out '"label": "c2"'
no_partials

# several classes: labels 0 to K-1, a column per class, metrics by LightGBM's names
awk -F, 'NR == 1 { print "kind,a,b,text"; next } { k = ($2 > 0.6) + ($2 > 0.3); if (NR % 10 == 0) k = (k + 1) % 3; print k "," $2 "," $3 "," $4 }' table.csv >kinds.csv
train_kinds=("$TUNDISH" train --data kinds.csv --label kind objective=multiclass num_class=3 num_iterations=15)
expect_status 0 "${train_kinds[@]}" --valid kinds.csv --model k.tundish --json k.json
expect_keys k.json multi_logloss multi_error mean_recall
expect_count k.json trees 45
expect_count k.json iterations 15
expect_status 0 "$TUNDISH" predict --model k.tundish --data kinds.csv --keep kind --raw --out k.csv
head -n 1 k.csv | grep -qx 'kind,prediction_0,prediction_1,prediction_2,raw_0,raw_1,raw_2' || fail "header of class predictions"
awk -F, 'NR > 1 { d = $2 + $3 + $4 - 1; if (d > 1e-12 || d < -1e-12) exit 1 }' k.csv || fail "probabilities of classes do not add up"
expect_status 0 "$TUNDISH" evaluate --data k.csv --label kind --score 'prediction_*' --json e.json
expect_keys e.json rows classes multi_logloss multi_error mean_recall mean_auc by_class precision recall auc confusion
value() { sed -n "s/.*\"$2\": \([0-9.e-]*\),*/\1/p" "$1" | head -n 1; }
[ "$(value e.json multi_error)" = "$(value k.json multi_error)" ] || fail "evaluate and train differ in multi_error"
expect_status 0 "$TUNDISH" evaluate --data k.csv --label kind --score prediction_0,prediction_1,prediction_2
expect_in out "3,000 rows, 3 classes"
refuse 2 "not available with a score for each class" "$TUNDISH" evaluate --data k.csv --label kind --score 'prediction_*' --by kind
refuse 2 "no column 'prob_0'" "$TUNDISH" evaluate --data k.csv --label kind --score 'prob_*'
sed '5s/^[0-9]*/7/' kinds.csv >odd.csv
refuse 1 "odd.csv:5:1: a label is no class 0 to 2 (num_class=3)" "$TUNDISH" train --data odd.csv --label kind --model o.tundish objective=multiclass num_class=3
refuse 1 "no row has the label 3" "$TUNDISH" train --data kinds.csv --label kind --model o.tundish objective=softmax num_class=4
refuse 2 "num_class >= 2" "$TUNDISH" train --data kinds.csv --label kind --model o.tundish objective=multiclass
refuse 2 "label text holds texts" "$TUNDISH" train --data kinds.csv --label text --model o.tundish objective=multiclass num_class=3
no_partials

# a train.conf as LightGBM ships it for classes
printf 'task = train\nboosting_type = gbdt\nobjective = multiclass\nmetric = multi_logloss,auc_mu\nauc_mu_weights = 0,1,2,1,0,2,1,2,0\nnum_class = 3\nmetric_freq = 1\nis_training_metric = true\nmax_bin = 255\ndata = kinds.csv\nvalid_data = kinds.csv\nlabel_column = name:kind\nearly_stopping = 10\nnum_trees = 15\npath_smooth = 0\n' >kinds.conf
expect_status 0 "$TUNDISH" train --config kinds.conf --model k3.tundish
expect_in err "auc_mu_weights has no effect"
same k.tundish k3.tundish
sed 's/path_smooth = 0/path_smooth = 2/' kinds.conf >smooth.conf
refuse 2 "smooth.conf:15: path_smooth: '2' is not available" "$TUNDISH" train --config smooth.conf --model k4.tundish

# monotone constraints by name and by position; what they cannot be
rising=("$TUNDISH" train --data table.csv --label y --ignore text num_iterations=20 min_data_in_leaf=5)
expect_status 0 "${rising[@]}" --monotone-constraints a:-1,b:1 --model r.tundish
expect_status 0 "${rising[@]}" monotone_constraints=-1,1 mc_method=basic --model r2.tundish
same r.tundish r2.tundish
awk 'BEGIN { print "a,b"; for (i = 0; i <= 100; i++) print i / 100 ",0.5" }' >sweep.csv
expect_status 0 "$TUNDISH" predict --model r.tundish --data sweep.csv --out sweep.out
awk 'NR > 2 && $1 > last { exit 1 } { last = $1 }' sweep.out || fail "predictions rise with a falling feature"
expect_status 0 "${rising[@]}" --model f.tundish
expect_status 0 "$TUNDISH" predict --model f.tundish --data sweep.csv --out sweep.out
awk 'NR > 2 && $1 > last { exit 1 } { last = $1 }' sweep.out && fail "the test of directions has no teeth"
refuse 2 "no feature 'c'; the nearest is" "${rising[@]}" --monotone-constraints c:1 --model n.tundish
refuse 2 "3 values, there are 2 features" "${rising[@]}" mc=1,0,1 --model n.tundish
refuse 2 "'up' is not 1, 0 or -1" "${rising[@]}" --monotone-constraints a:up --model n.tundish
refuse 2 "'text' holds categories" "$TUNDISH" train --data table.csv --label y --monotone-constraints text:1 --model n.tundish
refuse 2 "objective=custom is for C programs" "$TUNDISH" train --data table.csv --label y --model n.tundish objective=custom
no_partials

# timings: the parts add up to the time that the process took, its start included (40 ms are allowed for it, a sanitizer takes
# more; on a machine with other work one of five tries must)
allowed=40
[ -z "${TD_SANITIZED:-}" ] || allowed=5000
adds_up() {
    local before after
    before=$(date +%s%N)
    expect_status 0 "$TUNDISH" train --data whole.csv --label y --valid whole.csv --model w.tundish --json w.json num_iterations=300 num_leaves=63
    after=$(date +%s%N)
    awk -v clock="$(((after - before) / 1000000))" -v allowed="$allowed" '/"(load|bin|train|predict|other)": [0-9]/ { sub(/,/, ""); sum += 1000 * $2 }
        /"wall":/ { sub(/,/, ""); wall = 1000 * $2 }
        END { exit !(wall > 0 && sum > 0.98 * wall && sum < 1.02 * wall && sum <= clock + 1 && sum > 0.98 * clock - allowed) }' w.json
}
adds_up || adds_up || adds_up || adds_up || adds_up || fail "timings do not add up to the clock: $(tr -d '\n' <w.json)"
