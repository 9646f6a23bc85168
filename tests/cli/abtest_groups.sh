# tundish abtest with strata, clusters and several looks; values by R (tests/oracle/make_cli_abtest.R) and by the
# tables of Jennison and Turnbull.
. "$REPO/tests/cli/lib.sh"
abtest="$TUNDISH abtest"

# 400 visitors with 1 to 4 sessions each, some more eager than others
awk 'function u() { s = (s * 1103515245 + 12345) % 2147483648; return s / 2147483648 }
    BEGIN { s = 7; print "visitor,variant,country,bought,spent"
        for (v = 0; v < 400; v++) { m = 1 + int(u() * 4); arm = v % 2 ? "B" : "A"; c = substr("defrit", 1 + 2 * (v % 3), 2); p = u()
            for (i = 0; i < m; i++) { b = (u() < p * p * .5 + (arm == "B" ? .05 : 0)); printf "%d,%s,%s,%d,%.4f\n", v, arm, c, b, b * (10 + 50 * u()) } } }' >sessions.csv
rows="--data sessions.csv --arm variant"

expect_status 0 $abtest proportions $rows --outcome bought --stratum country --json -
expect_in out '"cmh_p": 0.00016073838132'
expect_keys out stratified strata_used post_stratified odds_ratio_ci risk_ratio_ci cmh_chi2 cmh_p_corrected
expect_status 0 $abtest proportions $rows --outcome bought --stratum country
expect_in out "within 3 of 3 strata (Mantel-Haenszel):"
expect_status 0 $abtest means $rows --value spent --stratum country --json -
expect_in out '"difference": -2.55565205207'
expect_in out '"se": 0.894405845902'
expect_keys out unadjusted_variance effect effect_sd chance_to_win loss_if_refused

expect_status 0 $abtest proportions $rows --outcome bought --cluster visitor --json -
expect_in out '"difference": -0.09191913588563'
expect_in out '"se": 0.02875968317383'
expect_in out '"df": 384.35503782648'
expect_in out '"cluster_t": 0.001508127040343'
expect_in out '"units": 200'
expect_in out '"rows": 514'
expect_status 0 $abtest proportions $rows --outcome bought --cluster visitor
expect_in out "the rate varies 1.47 times as much as that of independent rows"
# the number of threads changes no byte
expect_status 0 $abtest means $rows --value spent --cluster visitor --json one.json --threads 1
expect_status 0 $abtest means $rows --value spent --cluster visitor --json two.json --threads 2
same one.json two.json

# a belief from before pulls the effect: precision 1/1 + 1/1, mean halved
expect_status 0 $abtest means --means 0,2 --sds 10,10 --trials 200,200 --prior-effect 0,1 --json -
expect_in out '"effect": 1'

# planned looks: Jennison and Turnbull 2000, tables 2.1 and 2.3; any time: the interval is wider
counts="--successes 50,90 --trials 4000,4000"
expect_status 0 $abtest proportions $counts --sequential pocock --looks 5 --look 2 --json -
expect_in out '"bound": 2.4131'
expect_in out '"stop": true'
expect_status 0 $abtest proportions $counts --sequential obrien-fleming --looks 5 --json -
expect_in out '"bound": 2.040'
expect_status 0 $abtest proportions $counts --sequential lan-demets-pocock --information .5,1 --json -
expect_in out '"bound": 2.20'
expect_status 0 $abtest proportions --successes 50,70 --trials 4000,4000 --sequential obrien-fleming --looks 5 --look 2
expect_in out "bound 3.226"
expect_in out "In words: go on; this look does not decide"
expect_status 0 $abtest proportions $counts --sequential msprt --tau .005 --json -
expect_in out '"bound": null'
expect_status 0 $abtest proportions $counts --sequential confidence-sequence --planned 20000
expect_in out "In words: stop here, B is ahead"
expect_status 0 $abtest means $rows --value spent --cluster visitor --sequential lan-demets-obrien-fleming --looks 3 --look 1 --json -
expect_keys out sequential bound

# what the coverage table says stands beside the numbers
expect_status 0 $abtest proportions --successes 4,12 --trials 500,1500 --expected 1,3
expect_in out "holds too little here: use miettinen_nurminen"
expect_status 0 $abtest proportions --successes 4,12 --trials 500,1500 --expected 1,3 --json -
expect_in out '"rate_ci_exact": ['

refuse 2 "no method 'obrien-flemming', the nearest is 'obrien-fleming'" $abtest proportions $counts --sequential obrien-flemming --looks 3
refuse 2 "--sequential pocock: give --looks K" $abtest proportions $counts --sequential pocock
refuse 2 "--look 4 is beyond --looks 3" $abtest proportions $counts --sequential pocock --looks 3 --look 4
refuse 2 "holds its level at equally spaced looks only" $abtest proportions $counts --sequential pocock --information .5,1
refuse 2 "look 2: information 0.2 does not rise above 0.5" $abtest proportions $counts --sequential lan-demets-pocock --information .5,.2
refuse 2 "--tau is missing: the usual size of effects here" $abtest proportions $counts --sequential msprt
refuse 2 "--planned: '0' is not a number above 0" $abtest proportions $counts --sequential confidence-sequence --planned 0
refuse 2 "--sequential is two-sided" $abtest proportions $counts --sequential pocock --looks 2 --alternative less
expect_status 0 $abtest --help
grep -q "default: 0)" out && fail "--help promises a look 0"
refuse 2 "belong to --sequential" $abtest proportions $counts --looks 2
refuse 2 "--prior-effect: '1,0' is not MEAN,SD" $abtest proportions $counts --prior-effect 1,0
refuse 2 "need the rows: give --data" $abtest proportions $counts --cluster visitor
refuse 2 "cannot be combined" $abtest proportions $rows --outcome bought --cluster visitor --stratum country
refuse 2 "--stratum is for proportions and means" $abtest ratio $rows --value bought --denominator spent --stratum country
refuse 2 "at least 2 are needed: merge strata" $abtest means $rows --value spent --stratum visitor
printf 'v,who,b\nA,1,1\nB,2,0\nB,1,1\n' >bad.csv
refuse 1 "bad.csv:4:1: this cluster was in another arm before" $abtest proportions --data bad.csv --arm v --outcome b --cluster who
