# Write what R's pROC package makes of aSAH, its own data set, and of random cases with ties.
#
#     Rscript tests/oracle/make_stats_proc.R asah   > tests/oracle/stats_proc.h
#     Rscript tests/oracle/make_stats_proc.R random > tests/oracle/stats_proc.inc
#
# aSAH: 113 patients of Turck et al. (2010), doi:10.1007/s00134-009-1641-y, as distributed with pROC
# (Robin et al. 2011, doi:10.1186/1471-2105-12-77). Random cases: 6 to 40 rows, scores on a grid of
# 3 to 10 values, so nearly every row is tied. One line each: labels, first score, second score (one digit
# a row), and AUC, variance, AUC and variance of the second score, covariance, p-value of the paired test.
suppressPackageStartupMessages(library(pROC))
n_cases <- 1000

number <- function(x) ifelse(is.finite(x), sprintf("%.17g", x), "NAN")
array <- function(name, type, x) {
    cat("static const ", type, " ", name, "[] = {\n", sep = "")
    cat(strwrap(paste(x, collapse = ", "), width = 98, prefix = "    "), sep = "\n")
    cat("};\n")
}
define <- function(name, x) cat("#define ", name, " ", number(as.numeric(x)), "\n", sep = "")
curve <- function(label, score) roc(label, score, levels = c(0, 1), direction = "<", quiet = TRUE)

# AUC, variance, AUC and variance of the second score, covariance, p-value of the paired test
measure <- function(label, first, second) {
    a <- curve(label, first)
    b <- curve(label, second)
    p <- suppressWarnings(roc.test(a, b, method = "delong")$p.value)
    c(auc(a), var(a, method = "delong"), auc(b), var(b, method = "delong"), cov(a, b, method = "delong"), p)
}

asah <- function() {
    data(aSAH)
    label <- as.integer(aSAH$outcome == "Poor")
    score <- list(S100B = aSAH$s100b, WFNS = as.integer(aSAH$wfns), NDKA = aSAH$ndka)
    cat("enum { ASAH_N = ", nrow(aSAH), " };\n", sep = "")
    array("asah_label", "double", label)
    for (name in names(score)) {
        array(paste0("asah_", tolower(name)), "double", number(score[[name]]))
        r <- curve(label, score[[name]])
        ci <- ci.auc(r, method = "delong")
        define(paste0("ASAH_", name, "_AUC"), auc(r))
        define(paste0("ASAH_", name, "_LOW"), ci[1])
        define(paste0("ASAH_", name, "_HIGH"), ci[3])
        define(paste0("ASAH_", name, "_VAR"), var(r))
        part <- auc(r, partial.auc = c(1, 0.9))
        define(paste0("ASAH_", name, "_PAUC"), part)
        define(paste0("ASAH_", name, "_PAUC_CORRECTED"), auc(r, partial.auc = c(1, 0.9), partial.auc.correct = TRUE))
    }
    for (name in c("WFNS", "NDKA")) {
        a <- curve(label, score$S100B)
        b <- curve(label, score[[name]])
        test <- roc.test(a, b, method = "delong")
        define(paste0("ASAH_S100B_", name, "_Z"), test$statistic)
        define(paste0("ASAH_S100B_", name, "_P"), test$p.value)
        define(paste0("ASAH_S100B_", name, "_LOW"), test$conf.int[1])
        define(paste0("ASAH_S100B_", name, "_HIGH"), test$conf.int[2])
        define(paste0("ASAH_S100B_", name, "_COV"), cov(a, b))
    }
}

random_cases <- function() {
    set.seed(20240607)
    n_done <- 0
    while (n_done < n_cases) {
        n <- sample(6:40, 1)
        label <- as.integer(runif(n) < runif(1, 0.2, 0.8))
        if (sum(label) < 2 || sum(label) > n - 2) next
        grid <- sample(3:10, 1)
        first <- pmin(floor(grid * pmax(0, runif(n) + 0.2 * label)), grid - 1)
        second <- pmin(floor(grid * pmax(0, 0.5 * first / grid + 0.5 * runif(n))), grid - 1)
        expected <- suppressWarnings(measure(label, first, second))
        text <- paste(ifelse(is.finite(expected), sprintf("%.14g", expected), "NAN"), collapse = ", ")
        digits <- sapply(list(label, first, second), paste, collapse = "")
        cat("{\"", paste(digits, collapse = "\", \""), "\", {", text, "}},\n", sep = "")
        n_done <- n_done + 1
    }
}

version <- as.character(packageVersion("pROC"))
if (commandArgs(TRUE)[1] == "asah") {
    cat("/* tests/oracle/stats_proc.h: written by make_stats_proc.R with pROC", version, "*/\n")
    cat("#ifndef TD_TESTS_ORACLE_STATS_PROC_H\n#define TD_TESTS_ORACLE_STATS_PROC_H\n\n")
    asah()
    cat("\n#endif\n")
} else {
    cat("/* written by make_stats_proc.R with pROC", version, "*/\n")
    random_cases()
}
