# Expected values of tests/cli/abtest_groups.sh: run in the folder where that script has written sessions.csv.
#
#     Rscript tests/oracle/make_cli_abtest.R
d <- read.csv("sessions.csv")
say <- function(...) cat(format(c(...), digits = 15), "\n")
# Cochran-Mantel-Haenszel over countries
a <- aperm(xtabs(~variant + bought + country, d)[c("B", "A"), c("1", "0"), ], c(1, 2, 3))
say(mantelhaen.test(a, correct = FALSE)$p.value)
# means, post-stratified by country: difference and standard error
W <- table(d$country) / nrow(d)
post <- function(arm) {
    x <- d[d$variant == arm, ]
    of <- function(f) tapply(x$spent, x$country, f)
    c(sum(W * of(mean)), sum(W^2 * of(var) / of(length)))
}
A <- post("A"); B <- post("B"); say(A[1] - B[1], sqrt(A[2] + B[2]))
# rows of a visitor as one unit: delta method, Welch's degrees of freedom over visitors
units <- aggregate(cbind(bought, one) ~ visitor + variant, cbind(d, one = 1), sum)
ratio <- function(arm) {
    x <- units[units$variant == arm, ]; n <- nrow(x); R <- sum(x$bought) / sum(x$one)
    c(R, sum((x$bought - R * x$one)^2) / (n - 1) / n / mean(x$one)^2, n)
}
A <- ratio("A"); B <- ratio("B"); se <- sqrt(A[2] + B[2])
df <- (A[2] + B[2])^2 / (A[2]^2 / (A[3] - 1) + B[2]^2 / (B[3] - 1))
say(A[1] - B[1], se, df, 2 * pt(-abs((A[1] - B[1]) / se), df))
