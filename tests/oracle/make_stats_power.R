# Write tests/oracle/stats_power.h: power of random plans by R (base, pwr) and exact power of Fisher's test by
# enumerating every table with fisher.test.
#
#     Rscript tests/oracle/make_stats_power.R > tests/oracle/stats_power.h
suppressMessages(library(pwr))
set.seed(20240601)
f <- function(x) format(x, digits = 17)
fisher_power <- function(n1, n2, p1, p2, alpha, alternative) {
    total <- 0
    for (a in 0:n1) for (b in 0:n2) {
        p <- fisher.test(matrix(c(a, n1 - a, b, n2 - b), 2), alternative = alternative, conf.int = FALSE)$p.value
        if (p <= alpha) total <- total + dbinom(a, n1, p1) * dbinom(b, n2, p2)
    }
    total
}
cat("/* tests/oracle/stats_power.h: written by make_stats_power.R. */\n")
cat("#ifndef TD_TESTS_ORACLE_STATS_POWER_H\n#define TD_TESTS_ORACLE_STATS_POWER_H\n\n")
cat("typedef struct oracle_plan_row {\n    double p1, p2, alpha, n, n2, d;\n    int is_one_sided;\n")
cat("    double pooled, strict, arcsine, t2n;\n    double fisher; /* n and n2 units, -1 = not counted */\n} oracle_plan_row;\n\n")
cat("static const oracle_plan_row oracle_plan[] = {\n")
for (i in 1:24) {
    p1 <- round(runif(1, .02, .9), 3); p2 <- round(runif(1, .02, .9), 3)
    alpha <- c(.05, .01, .1)[1 + i %% 3]; one <- i %% 2
    n <- if (i <= 8) sample(5:14, 1) else sample(20:4000, 1)
    n2 <- if (i <= 8) sample(5:14, 1) else sample(20:4000, 1)
    d <- round(runif(1, .02, .4), 3)
    sides <- if (one) "one.sided" else "two.sided"
    pooled <- power.prop.test(n = n, p1 = p1, p2 = p2, sig.level = alpha, alternative = sides)$power
    strict <- power.prop.test(n = n, p1 = p1, p2 = p2, sig.level = alpha, alternative = sides, strict = TRUE)$power
    arcsine <- pwr.2p.test(h = abs(ES.h(p1, p2)), n = n, sig.level = alpha,
                           alternative = if (one) "greater" else "two.sided")$power
    t2n <- pwr.t2n.test(n1 = n, n2 = n2, d = d, sig.level = alpha, alternative = if (one) "greater" else "two.sided")$power
    fisher <- -1
    if (i <= 8) fisher <- fisher_power(n, n2, p1, p2, alpha, if (!one) "two.sided" else if (p2 > p1) "less" else "greater")
    cat("    {", paste(f(p1), f(p2), f(alpha), n, n2, f(d), one, f(pooled), f(strict), f(arcsine), f(t2n), f(fisher), sep = ", "),
        "},\n", sep = "")
}
cat("};\n\n#endif\n")
