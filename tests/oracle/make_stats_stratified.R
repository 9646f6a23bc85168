# Write tests/oracle/stats_stratified.h: random strata by R's mantelhaen.test (chi-square, p, common odds ratio with its
# interval) and, in plain R, Mantel-Haenszel's difference with Sato's variance and the risk ratio of Greenland and
# Robins, and post-stratification.
#
#     Rscript tests/oracle/make_stats_stratified.R > tests/oracle/stats_stratified.h
set.seed(20240611)
f <- function(x) format(x, digits = 17)
row <- function(v) paste0("{", paste(f(v), collapse = ", "), "}")
cat("/* tests/oracle/stats_stratified.h: written by make_stats_stratified.R. */\n")
cat("#ifndef TD_TESTS_ORACLE_STATS_STRATIFIED_H\n#define TD_TESTS_ORACLE_STATS_STRATIFIED_H\n\n")
cat("typedef struct oracle_strata_row {\n    int n;\n    unsigned x1[5], n1[5], x2[5], n2[5];\n")
cat("    double chi2, p, p_corrected, odds, odds_low, odds_high, d, d_low, d_high, risk, risk_low, risk_high;\n")
cat("    double post, post_low, post_high;\n} oracle_strata_row;\n\nstatic const oracle_strata_row oracle_strata[] = {\n")
z <- qnorm(.975)
for (i in 1:16) {
    k <- sample(2:5, 1)
    n1 <- sample(20:900, k); n2 <- sample(20:900, k)
    p <- runif(k, .02, .4); lift <- runif(1, .7, 1.6)
    x1 <- pmax(1, rbinom(k, n1, p)); x2 <- pmax(1, rbinom(k, n2, pmin(.9, p * lift)))
    # rows: arm 2, arm 1; columns: converted, not: the odds ratio is that of arm 2 over arm 1
    a <- array(rbind(x2, x1, n2 - x2, n1 - x1), c(2, 2, k))
    plain <- mantelhaen.test(a, correct = FALSE); fixed <- mantelhaen.test(a)
    N <- n1 + n2; w <- n1 * n2 / N; p1 <- x1 / n1; p2 <- x2 / n2
    d <- sum(w * (p1 - p2)) / sum(w)
    P <- sum((n1^2 * x2 - n2^2 * x1 + n1 * n2 * (n2 - n1) / 2) / N^2); Q <- sum((x1 * (n2 - x2) + x2 * (n1 - x1)) / (2 * N))
    se <- sqrt(d * P + Q) / sum(w)
    r2 <- sum(x2 * n1 / N); r1 <- sum(x1 * n2 / N)
    rse <- sqrt(sum((n1 * n2 * (x1 + x2) - x1 * x2 * N) / N^2) / (r1 * r2))
    W <- N / sum(N); post <- sum(W * (p1 - p2)); pse <- sqrt(sum(W^2 * (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)))
    whole <- function(v) paste0("{", paste(v, collapse = ", "), "}")
    cat("    {", k, ", ", paste(whole(x1), whole(n1), whole(x2), whole(n2), sep = ", "), ", ",
        paste(f(c(plain$statistic, plain$p.value, fixed$p.value, plain$estimate, plain$conf.int, d, d - z * se, d + z * se,
                  r2 / r1, r2 / r1 * exp(c(-z, z) * rse), post, post - z * pse, post + z * pse)), collapse = ", "), "},\n", sep = "")
}
cat("};\n\n#endif\n")
