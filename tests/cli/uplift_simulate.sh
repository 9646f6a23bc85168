# uplift simulate: generators and a synthetic shop, one line a learner, the same bytes for any threads, bad input by name.
. "$REPO/tests/cli/lib.sh"

# rows of a generator, readable by every other command
expect_status 0 "$TUNDISH" uplift simulate --generator causalml1 --n 300 --n-test 200 --seed 3 --learners none --out rows.csv
[ "$(head -n 1 rows.csv)" = "x0,x1,x2,x3,x4,treatment,outcome,propensity,effect,part" ] || fail "header: $(head -n 1 rows.csv)"
[ "$(wc -l <rows.csv)" -eq 501 ] || fail "rows of rows.csv"
[ "$(awk -F, 'NR > 1 { n += $10 } END { print n }' rows.csv)" -eq 200 ] || fail "test rows"
awk -F, 'NR > 1 && ($9 - ($1 + $2) / 2) ^ 2 > 1e-20 { exit 1 }' rows.csv || fail "effect of causalml1 is not (x0 + x1)/2"
expect_status 0 "$TUNDISH" uplift evaluate --data rows.csv --treatment treatment --outcome outcome --score effect --json e.json

# a table of learners; the oracle is perfect, a constant has no order; threads change nothing
run() { "$TUNDISH" uplift simulate --generator causalml2 --n 600 --seed 5 --learners constant,random,t,uplift_forest,class,oracle "$@"; }
expect_status 0 run --threads 1 --json one.json
expect_status 0 run --threads 3 --json three.json
expect_keys one.json source train_rows test_rows mean_effect sizes share learners learner pehe bias correlation oracle_share value \
    regret share_treated coverage interval_width refused timings
strip() { awk '/"timings"/ { skip = 1 } !skip; /}/ { skip = 0 }' "$1"; }
[ "$(strip one.json)" = "$(strip three.json)" ] || fail "threads changed the figures"
expect_in one.json "learner 'class' needs an outcome of 0 and 1"
awk '/"learner": "oracle"/ { o = 1 } o && /"pehe"/ { exit !($2 + 0 == 0) }' one.json || fail "the oracle errs"
expect_status 0 run
expect_in out "causalml2: 600 training rows, 600 test rows"
expect_status 0 "$TUNDISH" uplift simulate --generator causalml2 --n 400 --learners t --replicates 5 --sizes 0.5,1 --json r.json
awk '/"learner": "t"/ { t = 1 } t && /"coverage"/ { n++; bad += /null/; t = 0 } END { exit !(n == 2 && bad == 0) }' r.json ||
    fail "half-samples gave no intervals"
# a constant, a random order and the oracle stand beside every learner, asked for or not
[ "$(grep -c '"learner": ' r.json)" -eq 8 ] || fail "lines of r.json"
for frame in constant random oracle; do expect_in r.json "\"learner\": \"$frame\""; done

# sessions of a shop with truth
expect_status 0 "$TUNDISH" generate --preset demo --scale 0.3 --seed 2 --out shop --quiet
expect_status 0 "$TUNDISH" uplift simulate shop --learners constant,s,oracle --propensity known --json shop.json
expect_in shop.json '"source": "shop"'
awk '/"mean_effect"/ { exit !($2 > 0 && $2 < 0.02) }' shop.json || fail "mean effect of the shop"
sed -i '2,2000d' shop/truth/sessions.csv
expect_status 1 "$TUNDISH" uplift simulate shop --learners constant
expect_in err "sessions.csv"
expect_in err "no truth of the session of visitor"

# wrong usage is named
expect_status 2 "$TUNDISH" uplift simulate
expect_in err "give either --generator NAME or the folder of a shop"
expect_status 2 "$TUNDISH" uplift simulate --generator causalml7
expect_in err "no generator 'causalml7', the nearest is 'causalml"
expect_status 2 "$TUNDISH" uplift simulate --generator causalml1 --learners tt
expect_in err "unknown learner 'tt'"
expect_status 2 "$TUNDISH" uplift simulate --generator causalml1 --sizes 0.5,2
expect_in err "'2' is not a share in (0, 1]"
