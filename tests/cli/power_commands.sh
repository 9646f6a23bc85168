# tundish power: JSON keys, published sizes, days from a log, impossible plans.
. "$REPO/tests/cli/lib.sh"
power="$TUNDISH power"

# R: power.prop.test(p1 = .10, p2 = .12, power = .8), pwr.2p.test, Evan Miller's page
expect_status 0 $power proportions --p1 .10 --p2 .12 --power .8 --alpha .05 \
    --method pooled,unpooled,arcsine,continuity,baseline --json -
expect_in out '"pooled": 3840.84748243'
expect_in out '"unpooled": 3838.1021'
expect_in out '"arcsine": 3834.5957398'
expect_in out '"continuity": 3940.2129'
expect_in out '"baseline": 3622.616399'
expect_keys out kind solve alpha alternative ratio baseline target power design_effect n n_planned

# a relative effect, and the way back: power at that size, effect at that size
expect_status 0 $power proportions --p1 .10 --lift .2 --method pooled --json -
expect_in out '"pooled": 3840.847'
expect_status 0 $power proportions --p1 .10 --p2 .12 --n 3841 --method pooled --json -
expect_in out '"pooled": 0.80001'
expect_status 0 $power proportions --p1 .10 --n 3841 --method pooled --json -
expect_in out '"up": 0.11999'
expect_status 0 $power proportions --p1 .10 --lift .2 --per-day 768.2 --curve
expect_in out "10.0"
expect_in out "In words: if the treatment truly does what the first line says, 80 of 100"
expect_in out "power (pooled)"

# an effect that no experiment can find
expect_status 0 $power proportions --p1 .1 --p2 .100000001 --method pooled
expect_in out "more than 10^15 units: no experiment finds so small an effect"

# above 10^7 tables the exact method says why it is silent
expect_status 0 $power proportions --p1 .0084 --p2 .01 --json -
expect_in out '"exact": null'
expect_in out '"exact_reason": "n1 * n2 above 10^7'
expect_status 0 $power proportions --p1 .02 --p2 .02 --margin .002 --json -
expect_in out '"unpooled": 60589.'
expect_in out '"pooled_reason": "with a margin only the unpooled method is defined"'

# clusters multiply, days divide
expect_status 0 $power proportions --p1 .1 --p2 .12 --method pooled --icc .1 --cluster-size 3 --per-day 100 --json -
expect_in out '"design_effect": 1.2'
expect_in out '"control": 4610'
expect_in out '"pooled": 92.2'

# means: Cohen 1988, table 2.4.1; ratio with hand-made moments: V = (4 + 1 - 0) / 1
expect_status 0 $power means --d .5 --json -
expect_in out '"t": 63.7656'
expect_status 0 $power means --mean 10 --sd 2 --lift .1 --json -
expect_in out '"t": 63.7656'
expect_status 0 $power ratio --numerator-mean 1 --denominator-mean 1 --numerator-sd 2 --denominator-sd 1 \
    --correlation 0 --effect .5 --json -
expect_in out '"delta": 313.954'

# one sample: Rosner 2011, example 7.49: 341 women; Chow, Shao, Wang 2008, 4.1: 49; exact by R's pbinom: 400
one="$power proportions --one-sample"
expect_status 0 $one --p1 .02 --p2 .05 --power .9 --json -
expect_in out '"normal": 340.6'
expect_in out '"exact": 400'
expect_in out '"actual_alpha": 0.0293'
expect_status 0 $one --p1 .3 --p2 .5 --method unpooled --json -
expect_in out '"unpooled": 49.055'
expect_status 0 $one --p1 .02 --p2 .05 --n 500 --json -
expect_in out '"exact": 0.944084'
expect_status 0 $one --p1 .02 --n 500 --alternative greater
expect_in out "exact"
expect_status 0 $one --p1 .02 --p2 .05 --curve
expect_in out "from this size on it stays reached"
expect_status 2 $one --p1 .02 --p2 .02 --margin .002
expect_in err "--margin needs two arms"
expect_status 2 $one --p1 .02 --p2 .05 --method pooled
expect_in err "one sample has no method 'pooled'"

# a log gives baseline, traffic and clusters
small_shop shop
for kind in "proportions" "proportions --unit session" "ratio"; do
    expect_status 0 $power $kind --data shop --lift .1 --json -
    expect_keys out days per_day baseline
done
expect_status 0 $power proportions --data shop --lift .1 --method pooled
expect_in out "days; beyond them its last days' pace of new visitors goes on"
expect_status 0 $power proportions --data shop --lift 9 --method pooled
grep -q "beyond them" out && fail "a plan within the log needs no such note"
expect_status 0 $power proportions --data shop --lift .1 --unit session --json -
expect_keys out icc cluster_size
expect_status 0 $power proportions --data shop --lift .1 --unit session --json one.json --threads 1
expect_status 0 $power proportions --data shop --lift .1 --unit session --json two.json --threads 2
same one.json two.json

# several looks: Jennison and Turnbull 2000, tables 2.1 and 2.2; one look is the plain plan
expect_status 0 $power proportions --p1 .1 --p2 .12 --method pooled --looks 2 --sequential pocock --json -
expect_in out '"bound": 2.1782'
expect_in out '"inflation": 1.110'
expect_keys out mean_share_without_effect mean_share_with_effect stopped_with_effect nominal_p
expect_status 0 $power proportions --p1 .1 --p2 .12 --method pooled --n 4266 --looks 2 --sequential pocock --json -
expect_in out '"pooled": 0.8001'
expect_status 0 $power proportions --p1 .1 --method pooled --n 4266 --looks 2 --sequential pocock --json -
expect_in out '"up": 0.11999'
expect_status 0 $power means --d .5 --looks 5
expect_in out "stop if |z|>"
expect_in out "In words: looking 5 times asks for"
expect_status 0 $power proportions --p1 .1 --p2 .12 --looks 1 --json -
expect_in out '"pooled": 3840.84748243'

# days are those of distinct visitors: twice the visitors take more than twice the days where visitors return
expect_status 0 $power proportions --data shop --lift .5 --method pooled --json -
expect_keys out distinct_visitors day_1 day_28
# the curve as a table and as a chart
expect_status 0 $power proportions --data shop --lift .5 --curve-out curve.csv
expect_in curve.csv "control,total,days,pooled,strict,unpooled,arcsine,continuity,baseline,exact"
[ "$(wc -l <curve.csv)" -eq 13 ] || fail "curve.csv has $(wc -l <curve.csv) lines"
expect_status 0 $power proportions --p1 .1 --p2 .12 --curve-out curve.svg
expect_in curve.svg "<svg"
refuse 2 "ends neither with .csv nor with .svg" $power proportions --p1 .1 --p2 .12 --curve-out curve.txt
refuse 2 "there is no curve of an effect" $power proportions --p1 .1 --n 100 --curve-out curve.svg
refuse 2 "no bounds 'pokock', the nearest are 'pocock'" $power proportions --p1 .1 --p2 .12 --looks 3 --sequential pokock

refuse 2 "no kind 'proportion', the nearest is 'proportions'" $power proportion --p1 .1
refuse 2 "proportions|means|ratio is missing" $power
refuse 2 "the effect is 0: there is nothing to find" $power proportions --p1 .1 --p2 .1
refuse 2 "p1 = 0 is not between 0 and 1" $power proportions --p1 0 --p2 .1
refuse 2 "p2 = 1.08 is not between 0 and 1" $power proportions --p1 .9 --lift .2
refuse 2 "nothing to solve for" $power proportions --p1 .1
refuse 2 "--p1: 'x' is not a number" $power proportions --p1 x --p2 .1
refuse 2 "--p1 is missing" $power proportions --p2 .1
refuse 2 "--method: no method 'poled', the nearest is 'pooled'" $power proportions --p1 .1 --p2 .2 --method poled
refuse 2 "--power: 0.01 is not between alpha = 0.05 and 1" $power proportions --p1 .1 --p2 .2 --power .01
refuse 2 "leave one out, it is the answer" $power proportions --p1 .1 --p2 .2 --power .8 --n 100
refuse 2 "--n: 0 is not a number of units" $power proportions --p1 .1 --p2 .2 --n 0
refuse 2 "--alternative greater, but the treatment (0.1) is not above control (0.2)" \
    $power proportions --p1 .2 --p2 .1 --alternative greater
refuse 2 "treatment is inferior" $power proportions --p1 .2 --p2 .1 --margin .05
refuse 2 "a mean without spread needs no plan" $power means --mean 3 --sd 0 --lift .1
refuse 2 "--sd is missing" $power means --mean 3 --lift .1
refuse 2 "--numerator-mean is missing" $power ratio --lift .1
refuse 2 "--icc and --cluster-size belong together" $power proportions --p1 .1 --p2 .2 --icc .1
refuse 1 "no such folder" $power proportions --data nowhere --lift .1
