# train --snapshot-freq: models on the way, LightGBM's snapshot_freq.
. "$REPO/tests/cli/lib.sh"
labelled table.csv 2000
{ head -n 1 table.csv; tail -n 500 table.csv; } >valid.csv
train() { "$TUNDISH" train --data table.csv --label y --valid valid.csv "$@"; }

# every third of eleven rounds: the bytes of runs that end there, and no others; drawn rows, stopping, names of LightGBM and XGBoost
for more in "num_leaves=15" "num_leaves=7 bagging_fraction=0.7 bagging_freq=2 early_stopping_round=30 learning_rate=1.5"; do
    for freq in "--snapshot-freq 3" "snapshot_freq=3 --threads 2" "save_period=3"; do
        rm -f m.tundish*
        # shellcheck disable=SC2086
        expect_status 0 train --model m.tundish num_iterations=11 $freq $more
        [ "$(echo m.tundish.snapshot_iter_*)" = "m.tundish.snapshot_iter_3 m.tundish.snapshot_iter_6 m.tundish.snapshot_iter_9" ] ||
            fail "written: $(ls)"
        for n in 3 6 9; do
            # shellcheck disable=SC2086
            expect_status 0 train --model part.tundish num_iterations=$n $more
            same part.tundish m.tundish.snapshot_iter_$n
        done
        # shellcheck disable=SC2086
        expect_status 0 train --model whole.tundish num_iterations=11 $more
        same whole.tundish m.tundish
        no_partials
    done
done

# two rounds more from the ninth are the eleven
rm -f m.tundish*
expect_status 0 train --model m.tundish num_iterations=11 num_leaves=15 snapshot_freq=9
expect_status 0 train --model on.tundish num_iterations=2 num_leaves=15 --init-model m.tundish.snapshot_iter_9
same m.tundish on.tundish

# -1 and 0 are LightGBM's "never"; what cannot be is refused before anything is read
for never in -1 0; do
    rm -f m.tundish*
    expect_status 0 train --model m.tundish num_iterations=4 snapshot_freq=$never
    [ "$(echo m.tundish*)" = m.tundish ] || fail "written: $(ls)"
done
refuse 2 "snapshot_freq: 'often' is not a whole number" train --model x.tundish snapshot_freq=often
refuse 2 "snapshot_freq: '-2' is not a whole number" train --model x.tundish snapshot_freq=-2
refuse 2 "a curve is fitted when all rounds are trained" train --model x.tundish snapshot_freq=2 --calibrate platt
refuse 2 "need a file name" train --model - snapshot_freq=2
refuse 2 "only trees are written on the way" train --model x.tundish snapshot_freq=2 --learner logistic

# a snapshot that cannot be written ends the training with its name
mkdir x.tundish.snapshot_iter_2
refuse 1 "x.tundish.snapshot_iter_2" train --model x.tundish snapshot_freq=2
[ ! -e x.tundish ] || fail "a model in spite of a failed snapshot"

# killed: what was written on the way is whole
expect_status 0 "$TUNDISH" train --data table.csv --label y --model whole.tundish num_iterations=20 num_leaves=15
"$TUNDISH" train --data table.csv --label y --model long.tundish num_iterations=1000000 num_leaves=15 snapshot_freq=20 --threads 1 >out 2>err &
pid=$!
for ((i = 0; i < 200; i++)); do [ -e long.tundish.snapshot_iter_20 ] && break || sleep 0.05; done
kill -KILL $pid
wait $pid || true
same whole.tundish long.tundish.snapshot_iter_20
[ ! -e long.tundish ] || fail "a model of a killed run"
