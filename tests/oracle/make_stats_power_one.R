# Write tests/oracle/stats_power_one.h: one-sample plans by R: pwr.p.test, the score test by qnorm and pnorm, and
# the equal-tailed exact binomial test by searching every outcome with pbinom; n from which its power stays reached, by
# trying every n up to `most`.
#
#     Rscript tests/oracle/make_stats_power_one.R > tests/oracle/stats_power_one.h
suppressMessages(library(pwr))
set.seed(20240602)
f <- function(x) format(x, digits = 17)
exact <- function(n, p0, p1, alpha, one) {
    x <- 0:n
    tail <- if (one) alpha else alpha / 2
    low <- if (!one || p1 < p0) which(pbinom(x, n, p0) <= tail) - 1 else integer(0)
    high <- if (!one || p1 > p0) which(pbinom(x - 1, n, p0, lower.tail = FALSE) <= tail) - 1 else integer(0)
    reject <- c(low, high)
    c(sum(dbinom(reject, n, p0)), sum(dbinom(reject, n, p1)))
}
cat("/* tests/oracle/stats_power_one.h: written by make_stats_power_one.R. */\n")
cat("#ifndef TD_TESTS_ORACLE_STATS_POWER_ONE_H\n#define TD_TESTS_ORACLE_STATS_POWER_ONE_H\n\n")
cat("typedef struct oracle_one_row {\n    double p0, p1, alpha, n;\n    int is_one_sided;\n")
cat("    double normal, arcsine;\n    double actual_alpha, exact; /* at n */\n")
cat("    double stays;               /* n from which exact power 0.8 stays reached */\n} oracle_one_row;\n\n")
cat("static const oracle_one_row oracle_one[] = {\n")
for (i in 1:24) {
    p0 <- round(runif(1, .02, .9), 3)
    p1 <- round(min(.97, max(.01, p0 + sample(c(-1, 1), 1) * runif(1, .08, .25))), 3)
    alpha <- c(.05, .01, .1)[1 + i %% 3]; one <- i %% 2
    n <- if (i <= 2) c(1, 5)[i] else sample(20:250, 1)
    za <- qnorm(if (one) alpha else alpha / 2, lower.tail = FALSE)
    normal <- pnorm((abs(p1 - p0) * sqrt(n) - za * sqrt(p0 * (1 - p0))) / sqrt(p1 * (1 - p1)))
    arcsine <- pwr.p.test(h = abs(ES.h(p1, p0)), n = n, sig.level = alpha,
                          alternative = if (one) "greater" else "two.sided")$power
    most <- ceiling(3 * pwr.p.test(h = abs(ES.h(p1, p0)), power = .8, sig.level = alpha)$n) + 100
    reached <- sapply(1:most, function(k) exact(k, p0, p1, alpha, one)[2] >= .8)
    at <- exact(n, p0, p1, alpha, one)
    cat("    {", paste(f(p0), f(p1), f(alpha), n, one, f(normal), f(arcsine), f(at[1]), f(at[2]), max(which(!reached)) + 1,
                       sep = ", "), "},\n", sep = "")
}
cat("};\n\n#endif\n")
