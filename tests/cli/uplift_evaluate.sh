# uplift evaluate: every dialect, intervals, noise floor, several scores, arms by name; what cannot be is named.
. "$REPO/tests/cli/lib.sh"

# set A of the metrics' tests, tied and untied, as a table
cat >a.csv <<'END'
y,w,s,tied,visitor,e
1,1,.9,.9,1,.5
0,0,.8,.9,1,.5
1,1,.7,.9,2,.5
1,0,.6,.6,2,.5
0,1,.5,.6,3,.5
0,0,.4,.4,3,.5
1,1,.3,.4,4,.5
0,1,.2,.4,4,.5
0,0,.1,.1,5,.5
1,0,.05,.1,5,.5
END
run() { "$TUNDISH" uplift evaluate --data a.csv --treatment w --outcome y "$@"; }
# value FILE KEY: the first number of that name
value() { sed -n "s/^ *\"$2\": \(-\{0,1\}[0-9.e-]*\),\{0,1\}$/\1/p" "$1" | head -1; }
near() { awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; exit !(d < 5e-9 && d > -5e-9) }' || fail "$1 is not $2 ($3)"; }

# the published values under the agreed keys
expect_status 0 run --score s --replicates 0 --k 0.2,30%,0.5 --json -
near "$(sed -n '/"qini"/,/}/p' out | value /dev/stdin sklift)" 0.364864864865 "qini sklift"
near "$(sed -n '/"qini"/,/}/p' out | value /dev/stdin causalml)" 0.568181818 "qini causalml"
near "$(value out pylift_q1)" 0.459459459 "pylift q1"
near "$(value out pylift_aqini_q1)" 0.364864865 "pylift aqini q1"
near "$(value out grf_autoc)" 0.528253968 "grf autoc"
near "$(value out grf_qini)" 0.17 "grf qini"
near "$(sed -n '/"auuc"/,/}/p' out | value /dev/stdin sklift)" 0.391927083333 "auuc sklift"
near "$(sed -n '/"auuc"/,/}/p' out | value /dev/stdin causalml_raw)" 1.866666667 "auuc causalml raw"
near "$(sed -n '/"0.5": {/,/}/p' out | value /dev/stdin overall)" 0.166666667 "uplift at 50 %"
expect_keys out uplift_at deciles curve balance scores comparisons by_group sklift_noise
expect_in out '"0.3": {'

# ties: the order of the rows has no meaning; neither have the threads
(head -1 a.csv; tail -n +2 a.csv | sort -r) >b.csv
expect_status 0 run --score tied --replicates 0 --json one.json
expect_status 0 "$TUNDISH" uplift evaluate --data b.csv --treatment w --outcome y --score tied --replicates 0 --json two.json
same one.json two.json
expect_status 0 run --score s,tied --replicates 40 --cluster visitor --threads 1 --json one.json
expect_status 0 run --score s,tied --replicates 40 --cluster visitor --threads 3 --json two.json
same one.json two.json
expect_in one.json '"clusters": 5'

# text, a propensity of the rows, figures
expect_status 0 run --score s,tied --replicates 20 --propensity e --figures fig
expect_in out "On the whole the treatment moves y by +20.00 pp"
expect_in out "no better than a random order"
expect_in out "rows needed"
expect_in out "weighted average uplift"
expect_in out "pylift's needs one propensity for all rows"
expect_in fig/qini.svg "random order"
expect_in fig/uplift_by_tenth.svg "Effect of the treatment by tenth of s"

# arms by name; the third is left out
awk -F, 'NR == 1 { print "arm," $0; next } { print ($2 ? "mail" : "none") "," $0 } END { print "post,0,0,.3,.3,9,.5" }' a.csv >arms.csv
expect_status 0 "$TUNDISH" uplift evaluate --data arms.csv --treatment arm --arms none,mail --outcome y --score s --json -
expect_in out '"left_out": 1'
near "$(sed -n '/"qini"/,/}/p' out | value /dev/stdin sklift)" 0.364864864865 "arms by name"

# several arms: each is what a call with that arm alone says; `uplift predict` names the columns uplift_ARM
awk -F, 'BEGIN { OFS = "," }
    NR == 1 { print "arm,y,tau_mail,tau_post,s,visitor"; next }
    { print ($2 ? "mail" : "none"), $1, $3, 1 - $3, $4, $5 }
    NR % 3 == 0 { print "post", $1, $4, $3 / 2, $3, $5 }' a.csv >three.csv
several() { "$TUNDISH" uplift evaluate --data three.csv --treatment arm --outcome y --replicates 20 "$@"; }
expect_status 0 several --arms none,mail,post --score tau,s --figures figs --json all.json
cp out all.txt
expect_in out "==== mail against none ===="
expect_in out "==== post against none ===="
[ -s figs/arm_1/qini.svg ] && [ -s figs/arm_2/uplift_by_tenth.svg ] || fail "no figures of the arms"
for arm in mail post; do
    expect_status 0 several --arms "none,$arm" --score "tau_$arm,s" --json one.json
    [ "$(sed -n "/^==== $arm /,/^==== /p" all.txt | sed '/^====/,+1d')" = "$(cat out)" ] || fail "text of $arm"
    awk -v arm="\"arm\": \"$arm\"" '/^    }/ { is_on = 0 } is_on { print substr($0, 5) }
        index($0, arm) { is_on = 1; getline }' all.json >part
    sed '1d;$d' one.json >inner
    same inner part
done
# the control alone: every other value is an arm; full names are their arm's
expect_status 0 several --arms none --score tau,s --json two.json
same all.json two.json
expect_status 0 several --arms none --score tau_post,tau_mail,s --json two.json
same all.json two.json
expect_status 0 several --arms none,mail,post --score s --propensity 0.5,0.4 --json -
expect_in out '"value": 0.4'
refuse 2 "--score: 'tau_mail' has no score of arm 'post'" several --arms none --score tau_mail
refuse 2 "neither a column 'rho_mail' nor a column 'rho'" several --arms none --score rho
refuse 2 "--arms: arm has no value 'nobody'" several --arms nobody --score s
refuse 2 "--arms: arm has no value 'fax'" several --arms none,mail,fax --score s
refuse 2 "--arms: 'mail' stands twice" several --arms none,mail,mail --score s
refuse 2 "--arms: 'mail' stands twice" several --arms mail,mail,none --score s
refuse 2 "--propensity: '0.5' has 1 entries for 2 treated arms" several --arms none --score s --propensity 0.5
refuse 2 "treatment arm holds texts" several --score s

# an arm empty on top: no value, and why
expect_status 0 "$TUNDISH" uplift evaluate --data a.csv --treatment w --outcome y --score w --k 20% --json -
expect_in out '"overall_reason": "an arm has no rows in this part of the ranking"'

# what cannot be
refuse 2 "--arms" "$TUNDISH" uplift evaluate --data arms.csv --treatment arm --outcome y --score s
refuse 2 "has no value 'postcard'" "$TUNDISH" uplift evaluate --data arms.csv --treatment arm --arms none,postcard --outcome y --score s
refuse 1 "a treatment is not 0 or 1" "$TUNDISH" uplift evaluate --data a.csv --treatment s --outcome y --score s
refuse 1 "the outcome is 0.5 in every row" run --outcome e --score s
refuse 2 "nearest is 'tied'" run --score tiet
refuse 2 "--propensity: 1 for arm treated does not lie between 0 and 1" run --score s --propensity 1
refuse 1 "a.csv:2:3: a propensity" run --score s --propensity w
refuse 2 "--replicates: 5 draws" run --score s --replicates 5
refuse 2 "--k: '150%'" run --score s --k 150%
awk -F, 'BEGIN { OFS = "," } NR > 1 { $2 = 1 } { print }' a.csv >treated.csv
refuse 1 "treated.csv: no control rows" "$TUNDISH" uplift evaluate --data treated.csv --treatment w --outcome y --score s
no_partials
