# eda: text, JSON and page agree with kpi and with each other; robots; the real sample.
. "$REPO/tests/cli/lib.sh"
small_shop shop
expect_status 0 "$TUNDISH" eda shop --json eda.json --html eda.html --threads 1
for word in "hour" "monday" "session_events" "are robotic" "property"; do expect_in out "$word"; done
expect_keys eda.json counts excluded span kpis durations hours weekdays days categories spreads visitors busiest items \
    coverage share_of_events bins rule robotic
for word in "Sessions by hour of day" "Session conversion by day" "Events of a session" "What is missing" "<svg"; do
    expect_in eda.html "$word"
done
! grep -q "<script\|http" <(sed 's/xmlns="[^"]*"//g' eda.html) || fail "the page loads something"
expect_status 0 "$TUNDISH" kpi shop --by weekday --json kpi.json
a=$(sed -n '/"weekdays"/,/"days"/p' eda.json | grep '"sessions"' | tr -dc '0-9\n')
b=$(sed -n '/"grouping": "weekday"/,$p' kpi.json | grep -A 1 '"sessions": {' | grep numerator | tr -dc '0-9\n')
[ "$a" = "$b" ] || fail "sessions by weekday: eda and kpi differ"
events=$(grep -m 1 '"rows_kept"' eda.json | tr -dc 0-9)
hours=$(sed -n '/"hours"/,/"weekdays"/p' eda.json | grep '"view"\|"addtocart"\|"transaction"' | tr -dc '0-9\n' | awk '{ n += $1 } END { print n }')
[ "$events" = "$hours" ] || fail "events by hour add up to $hours of $events"
expect_status 0 "$TUNDISH" eda shop --json other.json --html other.html --threads 3
same eda.json other.json
same eda.html other.html

# a machine: a page a second, all day long; the rule can be moved
{
    cat shop/events.csv
    awk 'BEGIN { for (i = 0; i < 100; i++) printf "14330000%02d000,999999999,view,%d,\n", i, i }'
} >events.csv
mkdir robot
mv events.csv robot
expect_status 0 "$TUNDISH" eda robot --json robot.json
expect_in err "there is no item_properties file"
grep -A 1 '"fast": {' robot.json | grep -q '"visitors": 1' || fail "the machine is not found"
expect_status 0 "$TUNDISH" eda robot --json robot.json --fast-ms 1000
grep -A 1 '"fast": {' robot.json | grep -q '"visitors": 0' || fail "a gap of 1 s is not below 1 s"
refuse 2 "--sleepless-hours: 25 lies outside" "$TUNDISH" eda robot --sleepless-hours 25
refuse 1 "no such folder" "$TUNDISH" eda nowhere --html page.html
printf 'timestamp,visitorid,event,itemid,transactionid\n' >robot/events.csv
expect_status 0 "$TUNDISH" eda robot --html empty.html --json -
