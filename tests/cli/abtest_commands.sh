# tundish abtest: JSON keys, published values, rows and totals, split, impossible input.
. "$REPO/tests/cli/lib.sh"
abtest="$TUNDISH abtest"

# R: prop.test(c(120, 100), c(1000, 1000), correct = FALSE); Newcombe, Agresti-Caffo, Miettinen-Nurminen
expect_status 0 $abtest proportions --successes 120,100 --trials 1000,1000 --json -
expect_in out '"z_pooled": 0.15291778'
expect_in out '-0.00741148199801'
expect_in out '-0.0074921675152'
expect_in out '-0.0074748562952'
expect_in out '-0.0075088776132'
expect_in out '-0.00841148199801'
expect_keys out ci wald newcombe miettinen_nurminen agresti_caffo wald_yates p_value fisher fisher_doubled barnard boschloo \
    risk_ratio lift lift_ci bayes chance_to_win srm arms comparisons p_adjusted holm hommel bh by
expect_status 0 $abtest proportions --successes 9,3 --trials 10,10 --json -
expect_in out '0.170025'
expect_in out '0.840649'
expect_status 0 $abtest proportions --successes 74,31 --trials 117,63 --alternative greater --json -
expect_in out '"boschloo": 0.0355640643'

# above 10^7 tables, and without conversions, null comes with its reason
expect_status 0 $abtest proportions --successes 84,101 --trials 10000,10000 --json -
expect_in out '"barnard": null'
expect_in out '"boschloo_reason": "n1 * n2 above 10^7'
expect_status 0 $abtest proportions --successes 0,0 --trials 10,10 --json -
expect_in out '"wald_reason": "no variance: nobody or everybody converted"'
expect_in out '"lift_reason": "an arm has no conversion: a ratio has no value"'

# for people: the split first, then a sentence
expect_status 0 $abtest proportions --successes 84,101 --trials 10000,10000
expect_in out "split of the units as planned"
expect_in out "In words: true differences A - B from -0.440 to +0.096 points fit these counts"
expect_in out "this experiment does not tell which arm is better"
expect_status 0 $abtest proportions --successes 840,1010 --trials 100000,103000
expect_in out "WARNING: the split of the units is not the planned one"
expect_status 0 $abtest proportions --successes 84,101,130 --trials 10000,10000,5000 --expected 2,2,1
expect_in out "split of the units as planned: p 1"
expect_in out "read the holm column"

# rows give what totals give; arms written as numbers are names too
awk 'BEGIN { print "variant,bought"; for (i = 0; i < 600; i++) printf "%d,%d\n", i % 2 + 7, (i % 2 ? i % 30 == 1 : i % 40 == 0) }' >rows.csv
expect_status 0 $abtest proportions --data rows.csv --arm variant --outcome bought --json rows.json
expect_status 0 $abtest proportions --successes 15,20 --trials 300,300 --json totals.json
same <(sed '/"name"\|"arm"\|"control"/d' rows.json) <(sed '/"name"\|"arm"\|"control"/d' totals.json)
expect_status 0 $abtest proportions --data rows.csv --arm variant --outcome bought --control 8 --json -
expect_in out '"control": "8"'

# means: totals, rows, CUPED; ratio by the delta method
expect_status 0 $abtest means --means 10,11 --sds 2,3 --trials 100,50 --json -
expect_in out '"lift": 0.1000000'
expect_keys out welch df statistic se
printf 'v,y,x,s\nA,3,2,4\nA,5,4,2\nA,2,3,5\nA,8,7,3\nA,6,5,6\nB,7,8,4\nB,1,1,2\nB,4,3,5\n' >values.csv
expect_status 0 $abtest means --data values.csv --arm v --value y --covariate x --json -
expect_keys out cuped_theta unadjusted_variance
expect_status 0 $abtest means --data values.csv --arm v --value y --covariate x
expect_in out "CUPED: theta"
printf 'v,n,d\nA,1,4\nA,0,2\nA,2,5\nA,1,3\nA,3,6\nB,1,4\nB,0,2\nB,2,5\nB,1,3\nB,3,6\n' >ratio.csv
expect_status 0 $abtest ratio --data ratio.csv --arm v --value n --denominator d --json -
expect_in out '"ratio": 0.35'
expect_in out '"unit_variance": 0.0238281'

refuse 2 "the first arm has 5 successes in 4 trials" $abtest proportions --successes 5,3 --trials 4,10
refuse 2 "one arm: an experiment compares at least two" $abtest proportions --successes 5 --trials 10
refuse 2 "--successes: 'x' is not a number of units" $abtest proportions --successes 5,x --trials 10,10
refuse 2 "--successes: '-5' is not a number of units" $abtest proportions --successes=-5,2 --trials 10,10
refuse 2 "--successes has 2 values for 3 arms" $abtest proportions --successes 5,4 --trials 10,10,10
refuse 2 "arm A has no trials" $abtest proportions --successes 0,0 --trials 0,10
refuse 2 "--trials is missing" $abtest proportions --successes 1,2
refuse 2 "--alpha: 0 is not between 0 and 0.5" $abtest proportions --successes 5,4 --trials 10,10 --alpha 0
refuse 2 "--prior: '1' is not two positive numbers" $abtest proportions --successes 5,4 --trials 10,10 --prior 1
refuse 2 "--expected: 0 is not positive" $abtest proportions --successes 5,4 --trials 10,10 --expected 1,0
refuse 2 "no kind 'proportion', the nearest is 'proportions'" $abtest proportion --successes 1,2 --trials 3,4
refuse 2 "no variance in either arm" $abtest means --means 10,11 --sds 0,0 --trials 100,50
refuse 2 "each needs at least 2" $abtest means --means 10,11 --sds 1,1 --trials 1,50
refuse 2 "a ratio needs the rows" $abtest ratio --trials 1,50
refuse 2 "no row of column v is 'C'" $abtest means --data values.csv --arm v --value y --control C
printf 'v,b\nA,1\nB,2\n' >bad.csv
refuse 1 "bad.csv:3:3: the outcome is not 0 or 1 (column b: '2')" $abtest proportions --data bad.csv --arm v --outcome b
printf 'v,b\nA,1\nB,\n' >bad.csv
refuse 1 "bad.csv:3:3: the number is missing" $abtest proportions --data bad.csv --arm v --outcome b
printf 'v,b\nA,1\n,0\n' >bad.csv
refuse 1 "bad.csv:3:1: the arm is missing" $abtest proportions --data bad.csv --arm v --outcome b
printf 'v,b\nA,1\nA,0\n' >bad.csv
refuse 2 "column v has one value: one arm is no test" $abtest proportions --data bad.csv --arm v --outcome b
refuse 2 "are totals: give one" $abtest proportions --data bad.csv --arm v --outcome b --successes 1,2 --trials 3,4

# a table of totals, two days an arm, gives what the totals give; so do means
printf 'day,v,visitors,buyers\n1,A,600,70\n1,B,400,40\n2,B,600,60\n2,A,400,50\n' >daily.csv
expect_status 0 $abtest proportions --data daily.csv --arm v --units visitors --outcome buyers --json rows.json
expect_status 0 $abtest proportions --successes 120,100 --trials 1000,1000 --json totals.json
same rows.json totals.json
printf 'v,visitors,spent,deviation\nA,100,10,2\nB,50,11,3\n' >sums.csv
expect_status 0 $abtest means --data sums.csv --arm v --units visitors --value spent --sd deviation --json rows.json
expect_status 0 $abtest means --means 10,11 --sds 2,3 --trials 100,50 --json totals.json
same rows.json totals.json
sums="--data sums.csv --arm v --units visitors"
refuse 2 "--sd COL is missing" $abtest means $sums --value spent
refuse 2 "a ratio needs a row per unit" $abtest ratio $sums --value spent --denominator deviation
refuse 2 "need a row per unit, not --units" $abtest means $sums --value spent --sd deviation --covariate spent
refuse 2 "--sd goes with --units" $abtest means --data sums.csv --arm v --value spent --sd deviation
refuse 1 "daily.csv:4:3: a second total of this arm" $abtest means --data daily.csv --arm v --units visitors --value buyers --sd day
printf 'v,n,x\nA,10,3\nB,10,11\n' >bad.csv
refuse 1 "bad.csv:3:6: not a number of conversions among the units (column x: '11')" $abtest proportions --data bad.csv --arm v --units n --outcome x
printf 'v,n,x\nA,10.5,3\nB,10,1\n' >bad.csv
refuse 1 "bad.csv:2:3: not a number of units (column n: '10.5')" $abtest proportions --data bad.csv --arm v --units n --outcome x
