# tundish assign: the hash any language repeats, weights, strata, re-randomisation, groups, carry-over, audit.
. "$REPO/tests/cli/lib.sh"
assign="$TUNDISH assign"
awk 'BEGIN { s = 3; print "visitor,country,orders"; for (i = 0; i < 3000; i++) { s = (s * 1103515245 + 12345) % 2147483648; printf "%d,%s,%d\n", i, substr("defrit", 1 + 2 * (i % 3), 2), int(9 * s / 2147483648) } }' >visitors.csv

# the arm of visitor 17 under two salts, as sha256sum has it: 0.433 and 0.030 of 2^64
expect_status 0 $assign visitors.csv --id visitor --salt exp1 --arms A,B --weights 43,57 --out one.csv
[ "$(sed -n 19p one.csv)" = "17,B" ] || fail "$(sed -n 19p one.csv)"
expect_status 0 $assign visitors.csv --id visitor --salt exp1 --weights 44,56 --out two.csv
[ "$(sed -n 19p two.csv)" = "17,A" ] || fail "$(sed -n 19p two.csv)"
for id in 0 5 99 2999; do
    hex=$(printf 'exp1:%s' "$id" | sha256sum | cut -c1-2)
    want=$([ $((16#$hex)) -lt 128 ] && echo A || echo B)
    expect_status 0 $assign visitors.csv --id visitor --salt exp1 --out half.csv
    grep -q "^$id,$want\$" half.csv || fail "visitor $id: $hex is $want"
done
expect_in out "sizes as planned"
expect_in out 'the arm of a visitor is SHA-256("exp1:" id)'

# threads change nothing; keys
opt="--id visitor --salt mail --arms none,mail,call --weights 2,1,1 --balance orders --earlier exp1,mail"
expect_status 0 $assign visitors.csv $opt --json a.json --out a.csv --threads 1
expect_status 0 $assign visitors.csv $opt --json b.json --out b.csv --threads 2
same a.json b.json
same a.csv b.csv
expect_keys a.json salt tries arms outside srm balance distance df p_value covariates smd earlier
expect_status 0 $assign visitors.csv $opt
expect_in out "WARNING: the two splits know of each other"

# strata: every arm has its share of every country but for one visitor
expect_status 0 $assign visitors.csv --id visitor --salt s --stratum country --out strata.csv
join -t, <(tail -n +2 visitors.csv | sort) <(tail -n +2 strata.csv | sort) | cut -d, -f2,4 | sort | uniq -c |
    awk '$1 != 500 { exit 1 }' || fail "strata are not dealt evenly"

# re-randomisation: an accepted salt, repeatable by itself
expect_status 0 $assign visitors.csv --id visitor --salt exp4 --balance orders --accept .02 --json r.json --out r.csv
salt=$(grep '"salt"' r.json | head -1 | cut -d'"' -f4)
expect_status 0 $assign visitors.csv --id visitor --salt "$salt" --out again.csv
same r.csv again.csv
expect_status 1 $assign visitors.csv --id visitor --salt exp4 --balance orders --accept .000001 --max-tries 3
expect_in err "none of 3 salts is balanced enough"

# exclusion group: two experiments share no visitor and leave none out
expect_status 0 $assign visitors.csv --id visitor --salt x --group spring --slots 0..0.5 --out x.csv
expect_status 0 $assign visitors.csv --id visitor --salt y --group spring --slots 0.5..1 --out y.csv
paste -d, x.csv y.csv | tail -n +2 | awk -F, '($2 == "") == ($4 == "") { exit 1 }' || fail "groups overlap"

# audit of a split made elsewhere, a shop as the list of visitors
awk -F, 'NR == 1 { print "visitor,orders,variant,old"; next } { printf "%s,%s,%s,%s\n", $1, $3, ($3 > 4 ? "B" : "A"), NR % 2 }' visitors.csv >bad_split.csv
expect_status 0 $assign bad_split.csv --id visitor --audit variant --balance orders --earlier-column old --weights 5,4
expect_in out "earlier split old"
expect_in out "0.0 of 100 random splits"
expect_status 0 $assign bad_split.csv --id visitor --audit variant --weights 1,3
expect_in out "WARNING: the sizes are not those of the weights"
small_shop shop
expect_status 0 $assign shop --salt exp1 --earlier exp0 --out shop.csv
expect_in out "purchases"
expect_in shop.csv "visitorid,arm"

refuse 2 "give --salt to make a split, or --audit COL" $assign visitors.csv --id visitor
refuse 2 "--id COL is missing" $assign visitors.csv --salt s
refuse 2 "one arm: an experiment compares at least two" $assign visitors.csv --id visitor --salt s --arms A
refuse 2 "weight 0 of arm 2 is not above 0" $assign visitors.csv --id visitor --salt s --weights 1,0
refuse 2 "--weights: 3 values for 2 arms" $assign visitors.csv --id visitor --salt s --weights 1,2,3
refuse 2 "--arms: 'A' is there twice" $assign visitors.csv --id visitor --salt s --arms A,A
refuse 2 "--accept needs --balance" $assign visitors.csv --id visitor --salt s --accept .1
refuse 2 "--slots: '0.5..0.2' is not FROM..TO" $assign visitors.csv --id visitor --salt s --group g --slots 0.5..0.2
refuse 2 "--group and --slots belong together" $assign visitors.csv --id visitor --salt s --group g
refuse 2 "shop is a shop folder" $assign shop --salt s --id visitor
printf 'v,x\n1,2\n1,3\n' >bad.csv
refuse 1 "bad.csv:3:1: this id was there before (column v: '1')" $assign bad.csv --id v --salt s
printf 'v,x\n1,2\n2,\n' >bad.csv
refuse 1 "bad.csv:3:3: the number is missing" $assign bad.csv --id v --salt s --balance x
printf 'v,x\n1,2\n2,2\n3,2\n4,2\n' >flat.csv
refuse 2 "the columns of --balance do not vary" $assign flat.csv --id v --salt a --balance x --accept .1
expect_status 0 $assign flat.csv --id v --salt a --balance x
expect_in out "these columns do not vary, they say nothing about the split"
