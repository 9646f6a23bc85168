# The same bytes for any number of threads, SIMD level and order of the log's rows.
. "$REPO/tests/cli/lib.sh"
. "$REPO/tests/support/wild.sh"
labelled table.csv 20000
labelled whole.csv 23000
{ head -n 1 whole.csv; tail -n 3000 whole.csv; } >valid.csv
wild wild.csv 20000 1
wild wild_valid.csv 6000 2
base=$PWD

# produce DIR SHOP THREADS: every artefact of every command into DIR, from a shop or the one made there
produce() {
    mkdir "$1"
    cd "$1"
    "$TUNDISH" generate --preset demo --seed 3 --scale 0.5 --out made --threads "$3" >/dev/null
    local shop=${2:-made}
    "$TUNDISH" kpi "$shop" --by category --revenue --json kpi.json --threads "$3" >kpi.txt
    "$TUNDISH" kpi "$shop" --by day --threads "$3" >day.txt
    "$TUNDISH" funnel "$shop" --out funnel.csv --json funnel.json --threads "$3" >funnel.txt
    "$TUNDISH" features "$shop" --out features.csv --json features.json --threads "$3" >features.txt
    "$TUNDISH" train --data "$base/table.csv" --label y --valid "$base/valid.csv" --model trees --json train.json \
        --threads "$3" --seed 5 num_iterations=30 bagging_fraction=0.7 bagging_freq=2 feature_fraction=0.9 >/dev/null
    "$TUNDISH" train --data "$base/table.csv" --label y --learner logistic --model linear --threads "$3" >/dev/null
    for model in trees linear; do
        "$TUNDISH" predict --model $model --data "$base/valid.csv" --keep y --raw --out $model.csv --threads "$3" >/dev/null
        "$TUNDISH" evaluate --data $model.csv --label y --score prediction --json $model.json --threads "$3" >$model.txt
    done
    wild_models "$base/wild.csv" "$base/wild_valid.csv" "$3"
    without_timings train.json >train.txt
    without_timings kpi.json >kpis.txt
    rm train.json kpi.json
    cd "$base"
}

produce one "" 1
TD_SIMD=scalar produce scalar "" 4
TD_SIMD=avx2 produce avx2 "" 3
TD_SIMD=avx512 produce avx512 "" 4
for other in scalar avx2 avx512; do
    diff -r one $other >&2 || fail "one thread and $other differ"
done

# what stops early does so: the metric has decided
for model in values classes; do
    [ "$(grep -c '^tree ' one/wild_$model)" -lt 60 ] || fail "wild_$model was never stopped"
done

# rows of the log and of the item properties in another order
mkdir mixed
for file in events.csv item_properties_part1.csv item_properties_part2.csv category_tree.csv; do
    { head -n 1 one/made/$file; tail -n +2 one/made/$file | awk '{ print NR * 7919 % 104729, $0 }' | sort -n | cut -d' ' -f2-; } >mixed/$file
done
! cmp -s mixed/events.csv one/made/events.csv || fail "nothing was shuffled"
produce shuffled "$base/mixed" 2
diff -r -x made one shuffled >&2 || fail "shuffled rows give other bytes"
