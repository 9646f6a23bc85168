# tundish roi: keys, closed forms, threads, policies, impossible input.
. "$REPO/tests/cli/lib.sh"
roi="$TUNDISH roi"
shop="--units-per-day 1000 --order-value 30 --margin 0.33333333333333331 --horizon 10"

# no uncertainty: 1000 units x 10 days x .002 = 20 conversions, 600 revenue, 200 profit less 100 cost
expect_status 0 $roi --effect .002 $shop --contact-cost .01 --json -
expect_in out '"mean": 20'
expect_in out '"chance_of_loss": 0'
expect_in out '"break_even_effect": 0.001'
expect_keys out draws seed choices effect conversions revenue profit p05 p50 p95 mean_loss break_even_contact_cost evpi \
    evpi_effect histogram
# a break-even effect is no profit
expect_status 0 $roi --effect .001 $shop --contact-cost .01 --json -
expect_in out '"break_even_contact_cost": 0.01'

# counts, guesses, the same bytes for any number of threads; another seed, other bytes
full="--successes 84,110 --trials 10000,10000 --units-per-day 4000 --order-value 60+-15 --margin .25..0.35 --share .5+-.1
    --contact-cost .02+-.005 --half-life 60+-20 --horizon 90 --draws 20000 --more 5000,50000"
expect_status 0 $roi $full --json one.json --threads 1
expect_status 0 $roi $full --json two.json --threads 2
same one.json two.json
expect_status 0 $roi $full --json three.json --seed 5
cmp -s one.json three.json && fail "two seeds, one result"
expect_keys one.json more_data units_per_arm evsi
expect_status 0 $roi $full --figure profit.svg
expect_in profit.svg "<svg"
expect_in out "chance of a loss"
expect_in out "a further experiment of 50000 units an arm would be worth"
expect_in out "In words: on average"

expect_status 0 $roi --lift .1+-.06 --base-rate .0084 $shop --more 20000
expect_in out "units an arm would be worth"

# a policy: treating a third is best here: 1000 x 10 x share x (effect x 10 - .01)
printf 'share,effect,effect_se\n0.1,.003,0\n0.33,.002,0\n1,.0009,0\n' >policy.csv
expect_status 0 $roi --policy policy.csv $shop --contact-cost .01 --json -
expect_in out '"best": 1'
expect_status 0 $roi --policy policy.csv $shop --contact-cost .01
expect_in out "greatest mean"

refuse 2 "what was measured is missing" $roi $shop
refuse 2 "the effect is given more than once" $roi $shop --effect .1 --lift .1
refuse 2 "--lift needs --base-rate" $roi $shop --lift .1
refuse 2 "--base-rate: '0' is not between 0 and 1" $roi $shop --lift .1 --base-rate 0
refuse 2 "--trials is missing" $roi $shop --successes 1,2
refuse 2 "the second arm has 12 successes in 10 trials" $roi $shop --successes 1,12 --trials 10,10
refuse 2 "--successes: 3 values, control and treatment are two" $roi $shop --successes 1,2,3 --trials 10,10
refuse 2 "--margin: 'x' is not a number, MEAN+-SD or LOW..HIGH" $roi --units-per-day 10 --effect .1 --margin x
refuse 2 "--units-per-day N is missing" $roi --effect .1
refuse 2 "margin 30 is not between 0 and 1: it is the part of the revenue" $roi --units-per-day 10 --effect .1 --margin 30
# nothing uncertain, nothing earned: the sentence says so
expect_status 0 $roi --effect 0 --units-per-day 10
expect_in out "rolling out earns exactly what it costs"
expect_in out "Every number was taken as sure"
expect_status 0 $roi --effect .1 --units-per-day 10 --order-value 0
expect_in out "break-even: none, a conversion earns nothing here"
refuse 2 "nobody to treat" $roi --effect .1 --units-per-day 0
refuse 2 "share: no share with mean 0.5 has a standard deviation of 0.7" $roi $shop --effect .1 --share .5+-.7
refuse 2 "order value: the limits 5 and 2 do not rise" $roi --units-per-day 10 --effect .1 --order-value 5..2
refuse 2 "--more needs --base-rate" $roi $shop --effect .1+-.1 --more 100
printf 'share,effect\n0.1,.003\n' >bad.csv
refuse 2 "effect_se" $roi $shop --policy bad.csv
printf 'share,effect,effect_se\n0.1,,.1\n' >bad.csv
refuse 1 "bad.csv: row 1: column effect" $roi $shop --policy bad.csv
printf 'share,effect,effect_se\n0.1,.003,0\n1.4,.003,0\n' >bad.csv
refuse 1 "bad.csv: row 2: column share: 1.4 is not between 0 and 1" $roi $shop --policy bad.csv
printf 'share,effect,effect_se\n0.1,.003,-1\n' >bad.csv
refuse 1 "bad.csv: row 1: column effect_se: -1 is below 0" $roi $shop --policy bad.csv
