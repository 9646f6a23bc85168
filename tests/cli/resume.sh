# kill -9 at any moment, then --resume: the bytes of a run that nobody disturbed. replay finds what was changed. (alone)
. "$REPO/tests/cli/lib.sh"
"$TUNDISH" generate --preset demo --seed 5 --scale 0.15 --out shop >/dev/null
go() { "$TUNDISH" run shop --out "$@" num_iterations=60 --calibrate platt; }
# the program itself in the background, so that kill -9 meets it and no shell around it
start() { (exec "$TUNDISH" run shop --out "$@" num_iterations=60 --calibrate platt >/dev/null 2>&1) & pid=$!; }
expect_status 0 go whole

# same_run DIR: every file but timings.json has the bytes of `whole`
same_run() { diff -r -x timings.json whole "$1" >&2 || fail "$1 differs from the undisturbed run"; }
[ ! -e whole/stages ] || fail "kept results stay in a finished run"

# at five moments spread over the run; what was kept is used, whatever state it is in
seconds=$(sed -n 's/.*"\(read\|kpis\|identity\|audit_sql\|features\|train_primary\|leak_audit\)": \([0-9.e-]*\).*/\2/p' whole/timings.json |
    awk '{ s += $1 } END { print s }')
used=0
for tenth in 1 4 6 8 9; do
    rm -rf run run.partial
    start run
    sleep "$(awk -v s="$seconds" -v t="$tenth" 'BEGIN { srand(t); printf "%.3f", s * (t - rand()) / 10 }')"
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    if [ -e run ]; then same_run run; continue; fi # it was done before
    expect_status 0 go run --resume --threads $((1 + tenth % 3))
    used=$((used + $(grep -c "taken from the interrupted run" err || true)))
    same_run run
    [ ! -e run.partial ] || fail "run.partial stays"
done
[ "$used" -gt 0 ] || fail "no kept result was ever used"

# two kills in a row; a damaged kept result and one of another input are made again
keep() { start "$1"; for _ in $(seq 200); do [ -e "$1.partial/stages/$2" ] && break; sleep 0.02; done
    kill -9 $pid 2>/dev/null || true; wait $pid 2>/dev/null || true; }
rm -rf run
keep run primary
if [ -e run.partial/stages/primary ]; then
    expect_status 0 go run --resume
    expect_in err "primary: taken from the interrupted run"
    same_run run
    rm -rf run
    keep run primary
    printf 'x' | dd of=run.partial/stages/primary bs=1 seek=400 conv=notrunc 2>/dev/null
    expect_status 0 go run --resume
    ! grep -q "primary: taken" err || fail "a damaged kept result was used"
    same_run run
    rm -rf run
    keep run primary
    expect_status 0 go run --resume --seed 99
    ! grep -q "taken from" err || fail "kept results of other parameters were used"
fi

# replay: equal, then each kind of difference by name
expect_status 0 "$TUNDISH" replay whole --threads 3
expect_in out "artefacts"
expect_status 0 "$TUNDISH" replay whole shop --json replay.json
expect_keys replay.json run_id artefacts equal differences
[ ! -e whole.replay.partial ] || fail "the copy stays"
cp -r whole bent
echo >>bent/report.html
rm bent/results/models/baseline.tundish
echo >bent/note.txt
expect_status 1 "$TUNDISH" replay bent --hashes-only
expect_in out "report.html: was changed since the run"
expect_in out "results/models/baseline.tundish: is missing from the run"
expect_in out "note.txt: is no artefact of the run"
cp -r whole bent2
sed -i 's/"num_leaves": "8"/"num_leaves": "7"/' bent2/manifest.json
expect_status 1 "$TUNDISH" replay bent2 shop
expect_in out "report.html: came out with other bytes"
cp -r shop other
echo '1442544000000,1,view,1,' >>other/events.csv
refuse 1 "other/events.csv is not the file that the run was made from" "$TUNDISH" replay whole other
refuse 1 "manifest.json: cannot open" "$TUNDISH" replay shop
