# tests/support/wild.sh: tables on which the order of additions shows, and models of them; to be sourced. Needs $TUNDISH.
#
# Weights span 20 decades and values have heavy tails, so that a sum taken in another order has other bits in the starting score, the
# root, the leaves or the metric that stops training.

# wild FILE ROWS SEED: value, class, w and six features, one of texts, one with gaps
wild() {
    awk -v n="$2" -v s="$3" '
        function u() { s = (s * 1103515245 + 12345) % 2147483648; return s / 2147483648 }
        BEGIN { print "value,class,w,a,b,c,d,e,text"
            for (i = 0; i < n; i++) {
                a = u(); b = u(); c = u(); tail = exp(8 * (u() + u() + u() - 1.5))
                printf "%.9g,%d,%.9g,%.6f,%.6f,%s,%d,%.3g,%s\n", (a + b * b - 0.7) * tail, u() < a * b + 0.2, exp(46.05 * u() - 23),
                    a, b, c < 0.1 ? "" : sprintf("%.4f", c), 9 * u(), tail, substr("redgreenblue", 1 + 3 * int(3 * u()), 3)
            } }' >"$1"
}

# wild_models TABLE VALID THREADS: three models into this folder: rows and features drawn, stopped early; classes; depth by depth
wild_models() {
    local common="--data $1 --valid $2 --weight w --threads $3 --quiet --seed 5"
    # shellcheck disable=SC2086
    {
        "$TUNDISH" train $common --label value --ignore class --model wild_values --json wild.json objective=regression num_leaves=12 \
            bagging_fraction=0.6 bagging_freq=2 feature_fraction=0.7 num_iterations=60 early_stopping_round=3 learning_rate=0.6 &&
            "$TUNDISH" train $common --label class --ignore value --model wild_classes num_leaves=12 bagging_fraction=0.7 \
                bagging_freq=1 num_iterations=60 early_stopping_round=3 learning_rate=0.6 min_sum_hessian_in_leaf=0 &&
            "$TUNDISH" train $common --label d --model wild_levels objective=multiclass num_class=9 num_iterations=3 max_depth=3 \
                grow_policy=depthwise
    } >/dev/null && rm wild.json
}
