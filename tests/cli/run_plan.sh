# The experiment plan of a run: its sizes are those of `power`, its profit the same for any number of threads.
. "$REPO/tests/cli/lib.sh"
small_shop shop
quick="--leak-audit none --audit none num_iterations=20"
expect_status 0 "$TUNDISH" run shop --out one $quick --plan-lift .5 --margin .3 --contact-cost .001 --threads 1
expect_status 0 "$TUNDISH" run shop --out two $quick --plan-lift .5 --margin .3 --contact-cost .001 --threads 2
plan=results/metrics/experiment_plan.json
same one/$plan two/$plan
expect_keys one/$plan run_id lift_assumed order_value policies base_rate sessions_per_day icc design_effect sessions_per_arm \
    days smallest_lift_in_four_weeks profit chance_of_loss break_even_contact_cost evpi
expect_in one/report.html "An experiment that would show whether it pays"
expect_in one/manifest.json "results/metrics/experiment_plan.json"

# the row of the best fifth, planned by hand from its own base rate and design effect
value() { grep "\"$2\":" "$1" | tail -1 | sed 's|.*: ||; s|[",]||g'; }
rate=$(value one/$plan base_rate) effect=$(value one/$plan design_effect) arm=$(value one/$plan sessions_per_arm)
expect_status 0 "$TUNDISH" power proportions --p1 "$rate" --lift .5 --method pooled --json -
n=$(grep '"pooled"' out | head -1 | tr -dc '0-9.')
awk -v n="$n" -v d="$effect" -v a="$arm" 'BEGIN { x = n * d; exit !(a >= x && a < x + 1) }' || fail "$n x $effect is not $arm"

# another lift is another run
expect_status 0 "$TUNDISH" run shop --out three $quick --plan-lift .2
[ "$(value one/$plan run_id)" != "$(value three/$plan run_id)" ] || fail "two plans, one run_id"
refuse 2 "plan-lift" "$TUNDISH" run shop --out four --plan-lift 0
refuse 2 "contact-cost" "$TUNDISH" run shop --out four --contact-cost=-1
