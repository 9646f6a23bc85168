# train --calibrate: a curve from the validation rows, saved with the model, applied by predict.
. "$REPO/tests/cli/lib.sh"

labelled train.csv 4000
labelled valid.csv 1500
sed -n '1p;1600,$p' train.csv >test.csv
train() { "$TUNDISH" train --data train.csv --label y --num-iterations 20 --threads 2 "$@"; }
score() { "$TUNDISH" predict --model "$1" --data test.csv --keep y --out "$2" --raw --quiet; }
auc() { "$TUNDISH" evaluate --data "$1" --label y --score prediction --replicates 0 --json - | grep -m1 '"roc_auc"'; }

train --model plain.tundish --scale-pos-weight 4 --valid valid.csv --quiet 2>err
score plain.tundish plain.csv
for curve in prior platt temperature beta isotonic monotone; do
    expect_status 0 train --model $curve.tundish --scale-pos-weight 4 --valid valid.csv --calibrate $curve --json -
    expect_in out "\"curve\": \"$curve\""
    expect_in out '"shift": -1.386294361119890'
    score $curve.tundish $curve.csv
    # raw scores are the trees' own, whatever the curve
    cut -d, -f3 plain.csv >raw_plain; cut -d, -f3 $curve.csv >raw_curve
    same raw_plain raw_curve
    [ $curve = isotonic ] || [ "$(auc plain.csv)" = "$(auc $curve.csv)" ] || fail "$curve moves the ranking"
done

# the mean prediction comes back to the share of positives: 4 times the weight had moved it up
awk -F, 'FNR > 1 { s[FILENAME] += $2; y[FILENAME] += $1; n[FILENAME]++ }
    END { gap = s["platt.csv"] / n["platt.csv"] - y["platt.csv"] / n["platt.csv"]
          was = s["plain.csv"] / n["plain.csv"] - y["plain.csv"] / n["plain.csv"]
          exit !(gap < 0.05 && gap > -0.05 && was > 0.1) }' plain.csv platt.csv || fail "mean of the probabilities"

# fitted on the validation rows only: another training table with the same trees cannot be had, but the same bytes for any
# number of threads, and a logistic model, can
expect_status 0 train --model again.tundish --scale-pos-weight 4 --valid valid.csv --calibrate monotone --threads 1
same monotone.tundish again.tundish
expect_status 0 train --learner logistic --model logistic.tundish --valid valid.csv --calibrate beta
score logistic.tundish logistic.csv

# what cannot be: no validation rows, a regression, too few positives (a banner, and the model without a curve)
refuse 2 "--calibrate platt needs --valid" train --model no.tundish --calibrate platt
refuse 2 "only objective=binary has probabilities" train --model no.tundish --calibrate platt --objective regression --valid valid.csv
refuse 2 "platt" train --model no.tundish --calibrate plat --valid valid.csv
[ ! -e no.tundish ] || fail "a model was written"
awk -F, 'NR == 1 || $1 == 0 || ++p <= 29' valid.csv >few.csv
expect_status 0 train --model few.tundish --valid few.csv --calibrate platt --json few.json
expect_in err "NOT CALIBRATED by platt: 29 of"
expect_in few.json '"calibration": null'
head -1 few.tundish | grep -q gbdt || fail "a wrapper without a curve"
expect_status 0 train --model few.tundish --valid few.csv --calibrate platt --scale-pos-weight 4 --json few.json
expect_in few.json '"curve": "prior"'

# a changed byte is found by the outer seal, in the inner model too
sed 's/^leaf 0x1/leaf 0x2/' platt.tundish >changed.tundish
refuse 1 "checksum does not match" "$TUNDISH" predict --model changed.tundish --data test.csv --out no.csv

# run: every model gets its curve; a model of the run predicts what the run has written, to the last digit; pairs are compared
"$TUNDISH" generate --preset demo --seed 7 --scale 0.4 --out shop >/dev/null
expect_status 0 "$TUNDISH" run shop --out run --calibrate beta --audit none --leak-audit none --num-iterations 20 --early-stopping-round 0 \
    --scale-pos-weight 3
head -1 run/results/models/primary.tundish | grep -q calibrated || fail "the run's model has no curve"
expect_in run/results/metrics/evaluation.json '"curve": "beta"'
expect_in run/manifest.json '"calibrate": "beta"'
expect_in run/report.html 'fitted on the valid part'
column=6
for model in primary alternative baseline; do
    "$TUNDISH" predict --model run/results/models/$model.tundish --data run/data/extracts/ml_features.parquet --out again.csv --quiet
    [ "$(head -1 run/results/predictions/scores.csv | cut -d, -f$column)" = $model ] || fail "column $column is not $model"
    cut -d, -f$column run/results/predictions/scores.csv | sed 1d >written
    sed 1d again.csv >predicted
    same written predicted
    column=$((column + 1))
done
sed -n '/"pairs"/,$p' run/results/metrics/evaluation.json | grep -E '"(first|second)": "' | tr -d ' \n' >pairs
expect_in pairs '"first":"primary","second":"baseline","first":"alternative","second":"baseline","first":"primary","second":"alternative"'
expect_in run/manifest.json '"grow_policy": "depthwise"'
"$TUNDISH" evaluate --data run/data/extracts/test_predictions.parquet --label label --score alternative --score2 baseline --cluster visitorid \
    --seed 1 --json pair.json --quiet
for key in roc_auc average_precision log_loss brier; do
    grep -A 7 "^    \"$key\": {" pair.json | grep -o '"difference": [^,]*' >alone
    sed -n '/"first": "alternative"/,/"first": "primary"/p' run/results/metrics/evaluation.json | grep -A 7 "\"$key\": {" |
        grep -o '"difference": [^,]*' >together
    [ -s alone ] || fail "no difference of $key"
    same alone together
done
