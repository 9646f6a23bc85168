# load: the published RetailRocket files are recognised, published figures stand beside own ones.
. "$REPO/tests/cli/lib.sh"
small_shop shop
expect_status 0 "$TUNDISH" load shop --json plain.json
expect_in plain.json '"events.csv": false'
expect_keys plain.json timings events_mb_per_s catalog_mb_per_s
! grep -q '"marginals"' plain.json || fail "an unknown shop is compared unasked"
expect_status 0 "$TUNDISH" load shop --published --json known.json
expect_in out "sessions at 15 minutes"
expect_keys known.json known marginals published own relative_difference
# own figures are those of kpi and funnel
expect_status 0 "$TUNDISH" kpi shop --json kpi.json
sessions=$(grep -m 1 '"sessions"' kpi.json | tr -dc 0-9)
grep -A 2 '"name": "sessions at 30 minutes"' known.json | grep -q "\"own\": $sessions,\|\"own\": $sessions\$" || fail "sessions: kpi has $sessions"
expect_status 0 "$TUNDISH" kpi shop --gap 3600 --json kpi.json
sessions=$(grep -m 1 '"sessions"' kpi.json | tr -dc 0-9)
grep -A 2 '"name": "sessions at 60 minutes"' known.json | grep -q "\"own\": $sessions" || fail "sessions at 60 minutes: kpi has $sessions"
expect_status 0 "$TUNDISH" load shop --published --threads 3 --json other.json
[ "$(without_timings known.json)" = "$(without_timings other.json)" ] || fail "threads change the figures"

# without a catalog what needs one is null, not 0
mkdir poor
cp shop/events.csv poor
expect_status 0 "$TUNDISH" load poor --published --json poor.json
grep -A 2 'events of known category' poor.json | grep -q '"own": null' || fail "a category out of nothing"

# one byte makes another file
need_data retailrocket/category_tree.csv
mkdir true
cp shop/events.csv true
cp "$TUNDISH_DATA/retailrocket/category_tree.csv" true
expect_status 0 "$TUNDISH" load true --json true.json
expect_in out "category_tree.csv is the published RetailRocket file"
expect_in true.json '"category_tree.csv": true'
chmod u+w true/category_tree.csv
sed -i '2s/1/2/' true/category_tree.csv
expect_status 0 "$TUNDISH" load true --json true.json
expect_in true.json '"category_tree.csv": false'
