# funnel --steps: paths of visitors and sessions, groups, waiting times, bad words.
. "$REPO/tests/cli/lib.sh"

# Three visitors by hand. 1: view 0 s, view 10 s, cart 20 s, purchase 30 min later. 2: view, cart of the same time.
# 3: a cart, then a view. The log ends 100 h after its start.
mkdir -p tiny
cat >tiny/events.csv <<'END'
timestamp,visitorid,event,itemid,transactionid
1000000000000,1,view,5,
1000000010000,1,view,5,
1000000020000,1,addtocart,5,
1000001820000,1,transaction,5,77
1000003600000,2,addtocart,6,
1000003600000,2,view,6,
1000000000000,3,addtocart,6,
1000360000000,3,view,6,
END
# paths FILE STEP...: units that reached each step, in order
paths() {
    local file=$1 want="${*:2}"
    local got
    got=$(sed -n '/"paths": {/,$p' "$file" | grep '"reached": [0-9]' | head -n $(($# - 1)) | tr -dc '0-9\n' | tr '\n' ' ')
    [ "$got" = "$want " ] || fail "reached $got, expected $want"
}
funnel() { expect_status 0 "$TUNDISH" funnel tiny --json t.json --steps "$@"; }
funnel view,addtocart,transaction
paths t.json 3 2 1
expect_keys t.json counts excluded stages flags kpis durations unit window_ms modes waiting share_after of_first of_previous
expect_in t.json '"window_ms": null'
funnel view,addtocart,transaction --window 30m # from the second view it takes 30 min 10 s
paths t.json 3 2 0
funnel view,addtocart,transaction --window 1810s
paths t.json 3 2 1
funnel view,addtocart,transaction --unit session # the purchase is 30 min after the cart: the same session
paths t.json 3 2 1
funnel view,addtocart,transaction --unit session --gap 1799
paths t.json 3 2 0
funnel view,addtocart --mode strict_increase
paths t.json 3 1
funnel view,view --mode strict_once
paths t.json 3 1
funnel view,view
paths t.json 3 3
funnel transaction
paths t.json 1
expect_in out "1 transaction"
funnel view,addtocart,transaction --mode strict_deduplication
expect_in t.json '"strict_dedup"'

# groups: by the entry they hold those who entered, by the first event all
funnel addtocart,view --by hour,kind,weekday,day --touch first
expect_in t.json '"label": "2001-09-09"'
expect_in out "kind of first"
[ "$(grep -c '"label": "addtocart"' t.json)" -eq 1 ] || fail "kinds of the first events"
funnel view,addtocart --by category
expect_in err "there is no item_properties file"
expect_in t.json '"label": "unknown"'

# Kaplan-Meier by hand: view to cart waits 10 s (converted), 0 s (converted), 0 s (log over): 1/3, then 2/2
funnel view,addtocart
expect_in out "step 1 to 2"
grep -A 30 '"waiting"' t.json | grep -q '"converted": 2' || fail "two visitors converted"

# a synthetic shop: the total agrees with the groups, and any thread count with any other
small_shop shop
for n in 1 3; do
    expect_status 0 "$TUNDISH" funnel shop --steps view,addtocart,transaction --window 1d --by hour,category \
        --unit session --threads $n --json s$n.json
done
same s1.json s3.json
total=$(sed -n '/"paths": {/,/"waiting"/p' s1.json | grep '"reached": [0-9]' | head -n 1 | tr -dc 0-9)
hours=$(sed -n '/"grouping": "hour"/,/"grouping": "category"/p' s1.json | grep '"units"' | tr -dc '0-9\n' | awk '{ n += $1 } END { print n }')
[ "$total" = "$hours" ] || fail "hours add up to $hours, entered were $total"

refuse 2 "--steps: 'purchase' is unknown" "$TUNDISH" funnel tiny --steps view,purchase
refuse 2 "--mode: 'strict' is unknown, the nearest is 'strict_" "$TUNDISH" funnel tiny --steps view --mode strict
refuse 2 "--window: '1 day' is no time" "$TUNDISH" funnel tiny --steps view --window "1 day"
refuse 2 "--window: '99999999999999w' is no time" "$TUNDISH" funnel tiny --steps view --window 99999999999999w
refuse 2 "--by: 'month' is unknown" "$TUNDISH" funnel tiny --steps view --by month
refuse 2 "allow_reentry relaxes strict_order" "$TUNDISH" funnel tiny --steps view --mode allow_reentry
refuse 2 "'' is not a value" "$TUNDISH" funnel tiny --steps ""
refuse 2 "at most 32" "$TUNDISH" funnel tiny --steps "$(printf 'view,%.0s' $(seq 32))view"
