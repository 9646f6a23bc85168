# audit leaks: tables and JSON on a small shop, the same bytes for 1 .. 3 threads, the lesson, bad usage; the run's own audit.
. "$REPO/tests/cli/lib.sh"

small_shop shop
expect_status 0 "$TUNDISH" audit leaks shop --json one.json --threads 1
expect_in out "prefix_events"
expect_in out "market_site_load"
expect_in out "exactly at their own decision"
expect_in out "L3.3"
! grep -q LEAK out || fail "a false alarm"
expect_keys one.json cuts sessions_compared sessions_exact poison_rows bound share features truncation poison first lost_sessions \
    split visitors_train_test duplicates_train_test late_labels least_margin_ms test_rows_replaced primary_unchanged \
    baseline_unchanged permuted_labels checklist evidence verdict
expect_count one.json cuts 64
expect_in one.json '"verdict": "ok"'
expect_in one.json '"primary_unchanged": true'
for threads in 2 3; do
    expect_status 0 "$TUNDISH" audit leaks shop --json other.json --threads "$threads"
    same one.json other.json
done

# every decision time: each session is compared exactly at its own
"$TUNDISH" generate --preset demo --seed 3 --scale 0.01 --out tiny >/dev/null
expect_status 0 "$TUNDISH" audit leaks tiny --all --json all.json
n=$(sed -n 's/.*"sessions_compared": \([0-9]*\),/\1/p' all.json)
[ "$n" -gt 200 ] || fail "only $n sessions"
expect_count all.json sessions_exact "$n"

# other tasks
expect_status 0 "$TUNDISH" audit leaks shop --cuts 5 --target any_purchase --hide-cart --purge 0 --json -
expect_in out '"verdict": "ok"'

# the lesson: each planted leak is named, and its folder is gone
mkdir tmp
TMPDIR=$PWD/tmp expect_status 0 "$TUNDISH" audit leaks --demo --json lesson.json
[ -z "$(ls tmp)" ] || fail "the lesson leaves a shop behind"
for name in leak_one_ms leak_market leak_catalog leak_bins; do
    expect_in lesson.json "\"named\": \"$name\""
    expect_in out "$name"
done
expect_in out "nothing"

# a run audits itself and says so
expect_status 0 "$TUNDISH" run shop --out run
expect_in run/report.html "What the features could have known"
expect_in run/manifest.json "results/metrics/audit_leaks.json"
expect_keys run/results/metrics/audit_leaks.json run_id features checklist
expect_status 0 "$TUNDISH" run shop --out bare --leak-audit none
expect_in bare/report.html "Not checked"
[ ! -e bare/results/metrics/audit_leaks.json ] || fail "an audit that nobody asked for"

refuse 2 "audit leaks takes one shop folder" "$TUNDISH" audit leaks
refuse 2 "makes its own shop" "$TUNDISH" audit leaks shop --demo
refuse 2 "--cuts: 0 lies outside" "$TUNDISH" audit leaks shop --cuts 0
refuse 2 "--leak-audit: 'all' is none of none|sample" "$TUNDISH" run shop --out x --leak-audit all
