# monitor: a run against the shop that has grown since: quiet, shifted, broken, followed.
. "$REPO/tests/cli/lib.sh"

"$TUNDISH" generate --preset demo --seed 7 --scale 0.5 --out shop >/dev/null
last=$(sed 1d shop/events.csv | cut -d, -f1 | sort -n | awk '{ t[NR] = $1 } END { print t[int(NR * 0.8)] }')
# the shop as the run saw it: four fifths of the events
cp -r shop old
awk -F, -v last="$last" 'NR == 1 || $1 <= last' shop/events.csv >old/events.csv
expect_status 0 "$TUNDISH" run old --out run --audit none --leak-audit none --num-iterations 30 --early-stopping-round 0
monitor() { "$TUNDISH" monitor --baseline run --data "$@"; }

# the run's own log: nothing is new, nothing rings
expect_status 0 monitor old --json own.json
expect_in out "0 new sessions"
expect_count own.json sessions_new 0
expect_count own.json alerts 0

# the same shop, later: the synthetic shop does not change
expect_status 0 monitor shop --json later.json
expect_keys later.json baseline last_decision sessions_new purchases_new calibration roc_auc days score features psi psi_ci ks \
    jensen_shannon limits_ci
expect_in out "nothing rings"
for threads in 1 3; do
    "$TUNDISH" monitor --baseline run --data shop --threads $threads --json t$threads.json --quiet >/dev/null
done
same later.json t1.json t3.json

# purchases stop: calibration rings, exit 1
cp -r shop broken
awk -F, -v last="$last" 'NR == 1 || $1 <= last { print; next } $3 == "transaction" { next }
    { print }' shop/events.csv >broken/events.csv
expect_status 1 monitor broken --json broken.json
expect_in out "ALERT"
expect_in out "purchases: 0 came"
expect_in err "ring"
grep -q '"is_alert": true' broken.json || fail "no alert in the JSON"

# --follow: two readings of a log that grows in between
cp -r old growing
( sleep 1.5; cp shop/events.csv growing/next.csv; mv growing/next.csv growing/events.csv ) &
expect_status 0 monitor growing --follow --every 1 --readings 2
wait
[ "$(grep -c 'new sessions' out)" = 2 ] || fail "two readings"
grep -q '^0 new sessions' out || fail "the first reading"

# what cannot be
refuse 1 "manifest.json" "$TUNDISH" monitor --baseline shop --data shop
refuse 1 "nowhere" monitor nowhere
refuse 2 "--psi" monitor shop --psi -1
echo '{}' >run/manifest.json
refuse 1 "no text 'run_id'" monitor shop
