# Write tests/oracle/stats_multiple.h: adjusted p-values and Welch's test by R.
#
#     Rscript tests/oracle/make_stats_multiple.R > tests/oracle/stats_multiple.h
set.seed(20240801)
f <- function(x) paste(format(x, digits = 17, trim = TRUE), collapse = ", ")
cat("/* tests/oracle/stats_multiple.h: written by make_stats_multiple.R. */\n")
cat("#ifndef TD_TESTS_ORACLE_STATS_MULTIPLE_H\n#define TD_TESTS_ORACLE_STATS_MULTIPLE_H\n\n")
cat("enum { ORACLE_FAMILY = 9, ORACLE_FAMILIES = 4 };\n\n")
cat("typedef struct oracle_family {\n    double p[ORACLE_FAMILY];\n    double adjusted[6][ORACLE_FAMILY]; /* order of td_multiple */\n} oracle_family;\n\n")
cat("static const oracle_family oracle_families[ORACLE_FAMILIES] = {\n")
for (i in 1:4) {
    p <- signif(runif(9)^c(1, 3, 5, 8)[i], 6)
    if (i == 2) p[c(2, 5, 7)] <- p[1]
    if (i == 4) p[3] <- 0
    cat("    {{", f(p), "},\n     {", sep = "")
    for (m in c("bonferroni", "holm", "hochberg", "hommel", "BH", "BY")) cat("{", f(p.adjust(p, m)), "},\n      ", sep = "")
    cat("}},\n")
}
cat("};\n\n")
a <- round(rexp(23, 1 / 30), 2); b <- round(rexp(31, 1 / 38), 2)
t <- t.test(a, b); g <- t.test(a, b, alternative = "greater")
cat("static const double oracle_one[] = {", f(a), "};\n", sep = "")
cat("static const double oracle_two[] = {", f(b), "};\n", sep = "")
cat("#define ORACLE_T", f(t$statistic), "\n#define ORACLE_DF", f(t$parameter), "\n#define ORACLE_P", f(t$p.value), "\n")
cat("#define ORACLE_P_GREATER", f(g$p.value), "\n#define ORACLE_LOW", f(t$conf.int[1]), "\n#define ORACLE_HIGH", f(t$conf.int[2]), "\n")
cat("\n#endif\n")
