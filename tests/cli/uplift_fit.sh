# uplift fit and predict: a made-up experiment with two e-mails, several spellings, bad input by name.
. "$REPO/tests/cli/lib.sh"

# y = 1 more often by 0.3 where x > 0 and the row got the mail; the call does nothing; one row in ten is text "c"
awk 'BEGIN {
    srand(7); print "x,z,shop,segment,treated,y,e"
    for (i = 0; i < 4000; i++) {
        x = rand() - 0.5; arm = i % 3; p = 0.2 + (arm == 1 && x > 0 ? 0.3 : 0)
        printf "%.4f,%.4f,%s,%s,%d,%d,0.5\n", x, rand(), i % 10 ? "a" : "c", arm == 0 ? "none" : arm == 1 ? "mail" : "phone call", arm == 1, rand() < p
    }
}' >rct.csv

# two arms by 0 and 1; every learner writes a model whose file predicts
for learner in t s transformed class x r dr dependent uplift_tree uplift_forest; do
    expect_status 0 "$TUNDISH" uplift fit --learner $learner --data rct.csv --treatment treated --outcome y --ignore segment,e \
        --model $learner.tundish --json $learner.json num_iterations=20
    expect_keys $learner.json learner outcome features rows left_out arms treated control mean_treated mean_control difference \
        mean_effect propensity source timings load fit wall threads peak_memory_bytes
    expect_in $learner.json '"outcome": "binary"'
    expect_status 0 "$TUNDISH" uplift predict --model $learner.tundish --data rct.csv --out $learner.csv --keep x,treated
    [ "$(head -n 1 $learner.csv)" = "x,treated,uplift" ] || fail "header of $learner.csv"
    [ "$(wc -l <$learner.csv)" -eq 4001 ] || fail "rows of $learner.csv"
    awk -F, 'NR > 1 && $1 > 0 { up += $3; n++ } NR > 1 && $1 <= 0 { down += $3; m++ } END { exit !(up / n - down / m > 0.1) }' $learner.csv ||
        fail "$learner does not tell x > 0 from x < 0"
done

# effect trees: every criterion, honest or not; each makes another tree that still tells the two sides apart
for how in "criterion kl" "criterion euclidean" "criterion chi2" "criterion cts" "criterion ddp" "honest yes"; do
    for learner in uplift_tree uplift_forest; do
        expect_status 0 "$TUNDISH" uplift fit --learner $learner --data rct.csv --treatment treated --outcome y --ignore segment,e \
            --${how% *} ${how#* } --model "$learner ${how#* }" num_iterations=20
        expect_status 0 "$TUNDISH" uplift predict --model "$learner ${how#* }" --data rct.csv --out how.csv --keep x
        awk -F, 'NR > 1 && $1 > 0 { up += $2; n++ } NR > 1 && $1 <= 0 { down += $2; m++ } END { exit !(up / n - down / m > 0.1) }' how.csv ||
            fail "$learner with $how does not tell x > 0 from x < 0"
    done
done
same uplift_tree.tundish "uplift_tree euclidean"
same uplift_forest.tundish "uplift_forest yes"
for how in kl chi2 cts ddp yes; do ! cmp -s uplift_tree.tundish "uplift_tree $how" || fail "$how changed nothing"; done

# weights over 4 and over 20 decades, and in one arm only: the same bytes at every SIMD level
awk -F, 'BEGIN { srand(9); OFS = "," }
    NR == 1 { print $0, "four", "twenty", "own" }
    NR > 1 { u = rand(); print $0, 10 ^ (-4 * u), 10 ^ (-20 * u), $5 ? 1e6 * (1 + 4 * u) : 1e6 }' rct.csv >heavy.csv
for weight in four twenty own; do
    others=$(tr ' ' '\n' <<<"four twenty own" | grep -v "^$weight$" | paste -sd,)
    for level in scalar avx2 avx512; do
        TD_SIMD=$level expect_status 0 "$TUNDISH" uplift fit --learner uplift_forest --data heavy.csv --treatment treated --outcome y \
            --ignore segment,e,$others --weight $weight --propensity 0.5 --model $weight.$level num_iterations=20
    done
    same $weight.scalar $weight.avx2
    same $weight.scalar $weight.avx512
done
! cmp -s four.scalar own.scalar || fail "weights changed nothing"

# several arms, the others are left out and counted; names stand in the header
expect_status 0 "$TUNDISH" uplift fit --learner dr --data rct.csv --treatment segment --arms "none,mail,phone call" --outcome y \
    --ignore treated,e --model three.tundish --json three.json num_iterations=20
expect_count three.json left_out 0
expect_status 0 "$TUNDISH" uplift predict --model three.tundish --data rct.csv --out three.csv --json p.json
[ "$(head -n 1 three.csv)" = "uplift_mail,uplift_phone call" ] || fail "header of three.csv: $(head -n 1 three.csv)"
expect_keys p.json rows arms mean_uplift mail "phone call" timings
expect_status 0 "$TUNDISH" uplift fit --learner dr --data rct.csv --treatment segment --arms none,mail --outcome y \
    --ignore treated,e --model two.tundish --json two.json num_iterations=20
expect_count two.json left_out 1333
expect_in err "note: 1333 rows of arms that --arms does not name are left out"

# intervals of a forest: behind the effects, which stay as they were; wider at a higher level; other learners have none
expect_status 0 "$TUNDISH" uplift predict --model uplift_forest.tundish --data rct.csv --out wide.csv --keep x,treated --level 0.95
expect_status 0 "$TUNDISH" uplift predict --model uplift_forest.tundish --data rct.csv --out narrow.csv --keep x,treated --level 0.8
[ "$(head -n 1 wide.csv)" = "x,treated,uplift,uplift_se,uplift_low,uplift_high" ] || fail "header of wide.csv: $(head -n 1 wide.csv)"
cut -d, -f1-3 wide.csv >bare.csv
same uplift_forest.csv bare.csv
paste -d, wide.csv narrow.csv | awk -F, 'function off(a, b) { return a > b ? a - b : b - a }
    NR > 1 { ok += $4 > 0 && $5 < $3 && $3 < $6 && $5 < $11 && $12 < $6 && off($6 - $5, 3.919928 * $4) < 1e-6 }
    END { exit !(ok == 4000) }' || fail "intervals do not stand around their effects"
expect_status 0 "$TUNDISH" uplift fit --learner uplift_forest --data rct.csv --treatment segment --arms "none,mail,phone call" \
    --outcome y --ignore treated,e --model both.tundish num_iterations=20
expect_status 0 "$TUNDISH" uplift predict --model both.tundish --data rct.csv --out both.csv --level 0.9
[ "$(head -n 1 both.csv)" = "uplift_mail,uplift_phone call,uplift_se_mail,uplift_low_mail,uplift_high_mail,uplift_se_phone call,uplift_low_phone call,uplift_high_phone call" ] ||
    fail "header of both.csv: $(head -n 1 both.csv)"
awk -F, 'NR > 1 { ok += $4 < $1 && $1 < $5 && $7 < $2 && $2 < $8 } END { exit !(ok == 4000) }' both.csv || fail "an arm's interval is not its own"
# one set of nodes for both arms, unless told; a prediction has an effect for each arm, judged arm by arm and as a rule over all
awk 'BEGIN { s = 5; print "x,z,arm,y"
    for (i = 0; i < 4000; i++) {
        for (k = 0; k < 4; k++) { s = (s * 16807) % 2147483647; u[k] = s / 2147483647 }
        a = int(3 * u[0]); x = u[1] - 0.5
        printf "%.4f,%.4f,%s,%d\n", x, u[2], substr("nonemailcall", 1 + 4 * a, 4), u[3] < 0.2 + (a == 1 && x > 0) * 0.3 + (a == 2 && x <= 0) * 0.3
    } }' >arms.csv
for learner in uplift_tree uplift_forest; do
    for joint in yes no; do
        expect_status 0 "$TUNDISH" uplift fit --learner $learner --data arms.csv --treatment arm --arms none,mail,call --outcome y \
            --propensity share --joint $joint --model $joint.arms num_iterations=20
        expect_status 0 "$TUNDISH" uplift predict --model $joint.arms --data arms.csv --keep x,z,arm,y --out $joint.csv
        awk -F, 'NR > 1 { best = $5 > $6 ? "mail" : "call"; right += best == ($1 > 0 ? "mail" : "call") } END { exit !(right / (NR - 1) > 0.95) }' \
            $joint.csv || fail "$learner, joint $joint: the best arm is not found"
    done
    ! cmp -s yes.arms no.arms || fail "--joint changes nothing"
    expect_status 0 "$TUNDISH" uplift fit --learner $learner --data arms.csv --treatment arm --arms none,mail,call --outcome y \
        --propensity share --threads 3 --model usual.arms num_iterations=20
    same yes.arms usual.arms
done
expect_status 0 "$TUNDISH" uplift evaluate --data yes.csv --treatment arm --arms none,mail --outcome y --score uplift_mail
expect_status 0 "$TUNDISH" uplift policy --data yes.csv --treatment arm --arms none,mail,call --outcome y --score uplift_mail,uplift_call \
    --value 10 --cost 1,1 --out targets.csv
[ "$(wc -l <targets.csv)" -gt 3000 ] || fail "targets: $(wc -l <targets.csv)"
refuse 2 "--joint is for uplift_tree and uplift_forest; learner 't'" "$TUNDISH" uplift fit --learner t --data arms.csv --treatment arm \
    --arms none,mail,call --outcome y --joint no --model bad.tundish

refuse 2 "learner 'dr' has no standard errors, only uplift_forest has" "$TUNDISH" uplift predict --model dr.tundish --data rct.csv --out none.csv --level 0.9
[ ! -e none.csv ] || fail "a refused prediction left a file"

# propensity: known as a number or a column is the same; share; estimated
for how in 0.5 e; do
    ignore=segment
    [ $how = e ] || ignore=segment,e
    expect_status 0 "$TUNDISH" uplift fit --learner r --data rct.csv --treatment treated --outcome y --ignore $ignore \
        --propensity $how --model known_$how.tundish --json k.json num_iterations=10
    expect_in k.json '"source": "known"'
done
same known_0.5.tundish known_e.tundish
expect_status 0 "$TUNDISH" uplift fit --learner r --data rct.csv --treatment treated --outcome y --ignore segment,e \
    --propensity share --model share.tundish --json k.json num_iterations=10
expect_in k.json '"source": "share"'

# the x-learner weighs new rows by a propensity that was known row by row: predict wants the column by name, or another
awk -F, 'NR == 1 { print $0 ",p"; next } { print $0 "," ($1 > 0 ? 0.25 : 0.4) }' rct.csv >design.csv
expect_status 0 "$TUNDISH" uplift fit --learner x --data design.csv --treatment treated --outcome y --ignore segment,e \
    --propensity p --model design.tundish num_iterations=20
expect_in design.tundish "tundish model 2 uplift"
expect_in design.tundish "propensity p"
expect_status 0 "$TUNDISH" uplift predict --model design.tundish --data design.csv --out by_name.csv
awk -F, 'NR == 1 { print $0 ",q"; next } { print $0 "," $8 }' design.csv | cut -d, -f1-7,9 >renamed.csv
refuse 2 "renamed.csv: no column 'p': the model weighs effects by the known P(treated) of each row, learned with --propensity p" \
    "$TUNDISH" uplift predict --model design.tundish --data renamed.csv --out bad.csv
expect_status 0 "$TUNDISH" uplift predict --model design.tundish --data renamed.csv --propensity q --out by_other.csv
same by_name.csv by_other.csv
for e in 0 0.5 1; do
    expect_status 0 "$TUNDISH" uplift predict --model design.tundish --data renamed.csv --propensity $e --out at_$e.csv
done
paste -d, at_0.csv at_0.5.csv at_1.csv by_name.csv design.csv | awk -F, 'function off(a, b) { return a > b ? a - b : b - a }
    NR > 1 { p = $12; ok += off($2, ($1 + $3) / 2) < 1e-12 && off($4, (1 - p) * $1 + p * $3) < 1e-12; differ += $1 != $3 }
    END { exit !(ok == 4000 && differ > 1000) }' || fail "effects are not (1 - p) tau_1 + p tau_0 of the row's own p"
refuse 1 "renamed.csv:2:1: a propensity does not lie inside [0, 1]" "$TUNDISH" uplift predict --model design.tundish --data renamed.csv \
    --propensity x --out bad.csv
refuse 2 "--propensity: 1.5 does not lie inside [0, 1]" "$TUNDISH" uplift predict --model design.tundish --data renamed.csv --propensity 1.5 --out bad.csv
refuse 2 "--propensity: 'q,q' has 2 entries for 1 treated arms" "$TUNDISH" uplift predict --model design.tundish --data renamed.csv \
    --propensity q,q --out bad.csv
refuse 2 "the effects of this model ('t') do not depend on a known propensity" "$TUNDISH" uplift predict --model t.tundish --data rct.csv \
    --propensity 0.5 --out bad.csv
expect_status 0 "$TUNDISH" uplift fit --learner x --data rct.csv --treatment treated --outcome y --ignore segment,e --propensity 0.5 \
    --model coin.tundish num_iterations=20
expect_in coin.tundish "tundish model 1 uplift"
expect_status 0 "$TUNDISH" uplift predict --model coin.tundish --data rct.csv --out coin.csv

# the same bytes for any number of threads, and from a configuration file that the command line overrides
printf 'learner = x\ndata = rct.csv\ntreatment = treated\noutcome = y\nignore = segment,e\nnum_iterations = 99\n' >fit.conf
for threads in 1 3; do
    expect_status 0 "$TUNDISH" uplift fit --config fit.conf --threads $threads --model conf$threads.tundish num_iterations=20
done
same x.tundish conf1.tundish conf3.tundish

# a cluster is no feature; rows of one value stay in one fold, so the model is another
awk -F, 'NR == 1 { print $0 ",visitor"; next } { print $0 ",v" int(NR / 5) }' rct.csv >visits.csv
expect_status 0 "$TUNDISH" uplift fit --learner dr --data visits.csv --treatment treated --outcome y --ignore segment,e \
    --cluster visitor --model visits.tundish --json v.json num_iterations=20
expect_count v.json clusters 801
expect_count v.json features 3
! cmp -s visits.tundish dr.tundish || fail "clusters changed nothing"
sed 's/,v3$/,/' visits.csv >nobody.csv
refuse 1 "nobody.csv:15:30: the group of a row is missing" "$TUNDISH" uplift fit --learner dr --data nobody.csv --treatment treated --outcome y \
    --cluster visitor --model bad.tundish
refuse 2 "no column 'visitr'; the nearest is 'visitor'" "$TUNDISH" uplift fit --learner dr --data visits.csv --treatment treated --outcome y \
    --cluster visitr --model bad.tundish

# bad input, each by name
fit() { "$TUNDISH" uplift fit --data rct.csv --outcome y --model bad.tundish "$@"; }
refuse 2 "unknown learner 'q', the nearest is" fit --learner q --treatment treated
refuse 2 "no column 'treatd'; the nearest is 'treated'" fit --learner t --treatment treatd
refuse 2 "treatment segment holds texts" fit --learner t --treatment segment
refuse 1 "rct.csv:2:1: a treatment is not 0 or 1" fit --learner t --treatment x
refuse 2 "--arms: segment has no value 'fax'" fit --learner t --treatment segment --arms none,fax
refuse 2 "--arms: 'none' stands twice" fit --learner t --treatment segment --arms none,none
refuse 2 "needs an outcome of 0 and 1" "$TUNDISH" uplift fit --learner class --data rct.csv --outcome x --treatment treated --model bad.tundish
refuse 1 "rct.csv: row 1: the propensity of arm '1' is 1" fit --learner r --treatment treated --propensity 1
refuse 1 "a propensity does not lie inside (0, 1)" fit --learner r --treatment treated --propensity x
refuse 2 "has 2 entries for 1 treated arms" fit --learner r --treatment treated --propensity 0.4,0.5
refuse 2 "objective cannot be given here" fit --learner t --treatment treated objective=regression
refuse 2 "--criterion is for uplift_tree and uplift_forest; learner 't'" fit --learner t --treatment treated --criterion kl
refuse 2 "neither 0 nor 1, as kl and chi2 need it" "$TUNDISH" uplift fit --learner uplift_tree --criterion kl --data rct.csv --outcome x --treatment treated --model bad.tundish
refuse 2 "unknown parameter 'num_leafs', the nearest is" fit --learner t --treatment treated num_leafs=3
sed 's/,[01],0.5$/,1,0.5/' rct.csv >ones.csv
refuse 1 "ones.csv: the outcome is the same in all rows" "$TUNDISH" uplift fit --learner t --data ones.csv --outcome y --treatment treated --model bad.tundish
refuse 1 "not a tundish model" "$TUNDISH" uplift predict --model rct.csv --data rct.csv --out bad.csv
sed 's/^arms 2 0 1/arms 2 0 2/' t.tundish >changed.tundish
refuse 1 "changed.tundish: the model file was changed" "$TUNDISH" uplift predict --model changed.tundish --data rct.csv --out bad.csv
cut -d, -f2- rct.csv >without.csv
refuse 2 "without.csv: no column 'x'" "$TUNDISH" uplift predict --model t.tundish --data without.csv --out bad.csv
refuse 2 "unknown command 'uplift ft', the nearest is 'uplift fit'" "$TUNDISH" uplift ft
[ ! -e bad.tundish ] && [ ! -e bad.csv ] || fail "a failed command left a file"
