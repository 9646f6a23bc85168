# A features file chooses, windows and names features inside their scopes; anything else is refused with file and line.
. "$REPO/tests/cli/lib.sh"
small_shop shop
cat >some.ini <<'INI'
; what this shop looks at
[market]
cart_rate = market_item_cart_rate 7d   ; a window of the engine's
market_item_views_1d =
[prefix]
n = prefix_events
[market]
conversion = market_item_conversion
[catalog]
dearest = catalog_max_price
INI
expect_status 0 "$TUNDISH" features shop --out all.csv
expect_status 0 "$TUNDISH" features shop --out some.csv --features some.ini --json some.json
[ "$(head -n 1 some.csv)" = "session_id,visitorid,start,decision,split,label,cart_rate,market_item_views_1d,n,conversion,dearest" ] ||
    fail "columns: $(head -n 1 some.csv)"
column() { awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } { print $c }' "$1"; }
for pair in cart_rate:market_item_cart_rate_7d market_item_views_1d:market_item_views_1d n:prefix_events \
    conversion:market_item_conversion dearest:catalog_max_price; do
    column some.csv "${pair%:*}" >a
    column all.csv "${pair#*:}" >b
    [ -s a ] || fail "no rows"
    same a b
done

# refused by name, with file and line, and before any work
expect_refusal() { printf '%b' "$1" >bad.ini; expect_status 2 "$TUNDISH" features shop --out none.csv --features bad.ini
    expect_in err "bad.ini$2"; [ ! -e none.csv ] || fail "a table in spite of $1"; }
expect_refusal '[market]\nx = market_item_cart_rate 3d\n' ":2: not in the whitelist: 'market_item_cart_rate 3d': market_item_cart_rate has the windows 1d, 7d, 28d"
expect_refusal '[prefix]\n\nx = prefix_event\n' ":3: not in the whitelist: 'prefix_event'; the nearest is 'prefix_events'"
expect_refusal '[prefix]\nx = visitor_views\n' ":2: feature 'visitor_views' is of scope visitor and not prefix"
expect_refusal '[future]\nx = prefix_events\n' ":2: no scope 'future': [prefix], [visitor], [market], [catalog], [clock]"
expect_refusal 'x = prefix_events\n' ":1: no scope ''"
expect_refusal '[prefix]\nx = prefix_events\nx = prefix_views\n' ":3: two columns are called 'x'"
expect_refusal '[prefix]\nx = prefix_events\ny = prefix_events\n' ":3: a feature twice: 'prefix_events', already called 'x'"
expect_refusal '[prefix]\na b = prefix_events\n' ":2: a name is letters, digits and _, not 'a b'"
expect_refusal '[prefix\nx = prefix_events\n' ":1: expected [scope]"
expect_refusal '; nothing\n' ": chooses no feature"

# a run of these: audited, named in the model, replayed, another run than that of all features
expect_status 0 "$TUNDISH" run shop --out run --features some.ini num_iterations=20 --audit none
expect_in run/results/models/primary.tundish cart_rate
expect_in run/data/features.ini "cart_rate = market_item_cart_rate_7d"
expect_status 0 "$TUNDISH" replay run
expect_in out "artefacts"
mv some.ini gone.ini
expect_status 0 "$TUNDISH" replay run shop
expect_status 0 "$TUNDISH" run shop --out other num_iterations=20 --audit none --leak-audit none
[ "$(sed -n 's/.*"run_id": //p' run/manifest.json)" != "$(sed -n 's/.*"run_id": //p' other/manifest.json)" ] || fail "one run_id"
