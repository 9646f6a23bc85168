# kpi --lock and --check: a lock holds against itself, and every kind of drift is named with exit 1.
. "$REPO/tests/cli/lib.sh"
small_shop shop
run() { "$TUNDISH" kpi "$1" --max-excluded 1 --quiet "${@:2}"; }

expect_status 0 run shop --lock kpi.lock.json
expect_status 0 run shop --check kpi.lock.json
for key in lock_version gap_seconds input_sha256 definition_sha256 view_to_cart time_to_purchase p50; do
    expect_in kpi.lock.json "\"$key\""
done
grep -q '"view_to_cart"' kpi.lock.json && ! grep -q '"revenue": {' kpi.lock.json || fail "revenue without prices"

# rows in another order are the same input
mkdir turned
{ head -n 1 shop/events.csv; tail -n +2 shop/events.csv | tac; } >turned/events.csv
expect_status 0 run turned --check kpi.lock.json

# a number, a definition, a parameter, a figure that came or went
expect_drift() { # FILE TEXT ARGUMENT...
    expect_status 1 run shop --check "$1" "${@:3}"
    expect_in err "$1: "
    expect_in err "drifted; the first: "
    expect_in out "$2"
}
sessions=$(sed -n '/"sessions": {/,/}/s/.*"numerator": \([0-9]*\).*/\1/p' kpi.lock.json)
sed "/\"sessions\": {/,/}/s/\"numerator\": $sessions/\"numerator\": 77/" kpi.lock.json >number.json
expect_drift number.json "sessions, numerator: locked 77, now $sessions"
sed '/"bounce_rate": {/,/}/s/"definition_sha256": "...../"definition_sha256": "xxxxx/' kpi.lock.json >definition.json
expect_drift definition.json "bounce_rate: definition changed, locked xxxxx"
expect_drift kpi.lock.json "parameters, gap_seconds: locked 1800, now 1" --gap 1
sed 's/"orders": {/"ordres": {/' kpi.lock.json >name.json
expect_drift name.json "orders: not locked"
expect_drift name.json "ordres: locked, not counted now"

# one event more
cp -r shop more
last=$(tail -n 1 shop/events.csv)
tail -n 1 shop/events.csv | grep -q . || fail "empty last line"
printf '1430622220000,987654321,view,1,\n' >>more/events.csv
expect_status 1 run more --check kpi.lock.json
expect_in out "input changed"
expect_in out "events_view, numerator"

# no lock at all
printf '{"a": 1' >broken.json
refuse 1 "broken.json: not JSON from byte" run shop --check broken.json
printf '{"a": 1}' >other.json
refuse 1 "other.json is no lock of key figures" run shop --check other.json
refuse 1 "missing.json" run shop --check missing.json
refuse 1 "nowhere" run shop --lock nowhere/kpi.lock.json
