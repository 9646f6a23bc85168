# top_k.csv in money: counted again by awk from the raw files and scores.csv, session by session, with prices as of the purchase.
. "$REPO/tests/cli/lib.sh"
expect_status 0 "$TUNDISH" generate --preset demo --seed 1 --scale .4 --out shop --quiet
quick="--leak-audit none --audit none num_iterations=20"
expect_status 0 "$TUNDISH" run shop --out one $quick --threads 1
expect_status 0 "$TUNDISH" run shop --out two $quick --threads 2
same one/results/metrics/top_k.csv two/results/metrics/top_k.csv
expect_in one/report.html "revenue found"

# sessions to score: transactions after the decision that follow the start without a gap above 30 minutes, worth the latest
# price up to then; no price, no worth
cat shop/item_properties_part1.csv shop/item_properties_part2.csv | awk -F, '$3 == 790 { print $1 "," $2 "," substr($4, 2) }' |
    sort -t, -k1,1n >prices.csv
tail -n +2 shop/events.csv | sort -u | sort -t, -k2,2n -k1,1n >events.csv
awk -F, -v OFS=, '
    FILENAME == "prices.csv" { n = ++changes[$2]; since[$2, n] = $1; price[$2, n] = $3; next }
    FILENAME == "events.csv" { n = ++events[$2]; at[$2, n] = $1; kind[$2, n] = $3; item[$2, n] = $4; next }
    FNR > 1 && $4 == "test" {
        last = $3 - 300000; earned = 0
        for (e = 1; e <= events[$2]; e++) {
            t = at[$2, e]
            if (t < $3 - 300000) continue
            if (t - last > 1800000) break
            last = t
            if (kind[$2, e] != "transaction" || t <= $3) continue
            for (c = changes[item[$2, e]]; c > 0 && since[item[$2, e], c] > t; c--) continue
            if (c > 0) earned += int(1000 * price[item[$2, e], c] + 0.5)
        }
        print earned, $6, $7, $8
    }' prices.csv events.csv one/results/predictions/scores.csv >earned.csv
total=$(awk -F, '{ sum += $1 } END { print sum }' earned.csv)
[ "$total" -gt 0 ] || fail "nobody bought anything"

# expect_money MODEL COLUMN: every cut of a model; sessions b to e have the score of session k and are credited by their mean
expect_money() {
    sort -t, -k"$2","$2"gr earned.csv >ranked.csv
    awk -F, -v model="$1" -v column="$2" -v total="$total" '
        FILENAME == "ranked.csv" { n++; score[n] = $column; sum[n] = sum[n - 1] + $1; next }
        $1 == model && $2 == "test" {
            k = b = e = $3 + 0
            while (b > 1 && score[b - 1] == score[k]) b--
            while (e < n && score[e + 1] == score[k]) e++
            want = sum[b - 1] + (k - b + 1) / (e - b + 1) * (sum[e] - sum[b - 1])
            compared++
            if (($9 - want) ^ 2 > 1e-6 || ($10 - want / total) ^ 2 > 1e-20) { print model, k, $9, want; wrong = 1 }
        }
        END { exit wrong || compared < 5 }' ranked.csv one/results/metrics/top_k.csv || fail "$1: revenue of a cut differs"
}
expect_money primary 2
expect_money alternative 3
expect_money baseline 4
awk -F, '$2 != "test" && ($9 != "" || $10 != "") && FNR > 1 { exit 1 }' one/results/metrics/top_k.csv || fail "money outside test"

# without prices the columns are empty and the report is silent
expect_status 0 "$TUNDISH" generate --preset demo --seed 1 --scale .15 --properties none --out bare --quiet
expect_status 0 "$TUNDISH" run bare --out three $quick
awk -F, 'FNR > 1 && ($9 != "" || $10 != "") { exit 1 }' three/results/metrics/top_k.csv || fail "money without prices"
! grep -q "revenue found" three/report.html || fail "revenue without prices"
