/* stats/special.c: incomplete beta and gamma functions.
 *
 * Problem: x^a (1-x)^b / B(a, b) has a moderate value where each factor is far beyond the range of
 * doubles, and the difference of their logarithms loses one digit for each digit of a. Loader's
 * form keeps them: with n = a + b, y = 1 - x,
 *
 *     x^a y^b / B(a, b) = sqrt(a b / (2 pi n)) exp(S(n) - S(a) - S(b) - D(a, n x) - D(b, n y))
 *     x^a e^-x / Gamma(a) = sqrt(a / (2 pi)) exp(-S(a) - D(a, x))
 *
 *     S(n)    = log n! - log(sqrt(2 pi n) (n/e)^n)   small: 1/(12 n) - ...
 *     D(x, m) = x log(x/m) + m - x                   >= 0, summed as a series where x is near m
 *
 *   1. The integral is the factor above times a continued fraction (beta), a power series (gamma,
 *      x < a + 1) or a continued fraction (gamma, else).
 *   2. The fraction converges fast on the side x < (a+1)/(a+b+2) only; on the other side the
 *      complement is computed and subtracted from 1, where it is not near 1.
 *
 * Cost O(sqrt(max(a, b))) steps at worst. Accuracy: special.h. It does not treat a or b below
 * 1e-300 nor complex arguments.
 *
 * Loader, "Fast and accurate computation of binomial probabilities" (2000); DLMF 8.17.22, 8.9.2;
 * Lentz's method: Thompson and Barnett 1986, doi 10.1016/0021-9991(86)90046-X. */
#include "stats/special.h"

#include <math.h>

#include "core/base/numeric.h"

#define INV_TWO_PI   0.15915494309189535
#define HALF_LOG_2PI 0.91893853320467274
#define TINY         1e-300 /* stands for a zero denominator in Lentz's method */

enum { MAX_TERMS = 1000000 };

double td_stirling_error(double n) {
    if (n < 16.0) return td_lgamma(n + 1.0) - ((n + 0.5) * td_log(n) - n + HALF_LOG_2PI);
    double r = 1.0 / n, r2 = r * r;
    double sum = 1.0 / 1188.0 - r2 * (691.0 / 360360.0);
    sum = 1.0 / 1260.0 - r2 * (1.0 / 1680.0 - r2 * sum);
    return r * (1.0 / 12.0 - r2 * (1.0 / 360.0 - r2 * sum));
}

/* Near x = m with v = (x-m)/(x+m): log(x/m) = 2 (v + v^3/3 + ...), and the leading terms cancel by
 * hand: D = (x - m) v + 2 x (v^3/3 + v^5/5 + ...). The caller knows x - m better than a
 * subtraction. */
double td_deviance(double x, double m, double difference) {
    if (x == 0) return m;
    double v = difference / (x + m);
    if (fabs(v) >= 0.4) return x * td_log(x / m) - difference;
    double sum = difference * v, term = 2.0 * x * v;
    for (int j = 3;; j += 2) {
        term *= v * v;
        double next = sum + term / j;
        if (next == sum) return sum;
        sum = next;
    }
}

double td_beta_factor(double a, double b, double x, double y) {
    double n = a + b;
    double e = td_stirling_error(n) - td_stirling_error(a) - td_stirling_error(b);
    double difference = a * y - b * x; /* a - n x = n y - b, without its rounding */
    e -= td_deviance(a, n * x, difference) + td_deviance(b, n * y, -difference);
    return sqrt(INV_TWO_PI * a * (b / n)) * td_exp(e);
}

static double keep_from_zero(double x) { return fabs(x) < TINY ? TINY : x; }

/* b0 + a1/(b1 + a2/(b2 + ...)) = factor / I_x(a, b), by Lentz's method:
 *     a_m = (a+m-1) (a+b+m-1) m (b-m) x^2 / (a+2m-1)^2
 *     b_m = m + m (b-m) x / (a+2m-1) + (a+m) (a y - b x + 1 + m (1 + y)) / (a+2m+1)
 * The even part of DLMF 8.17.22, written in y so that x near 1 loses nothing. */
static double beta_fraction(double a, double b, double x, double y) {
    double first = a * y - b * x + 1.0;
    double f = keep_from_zero(a * first / (a + 1.0)), c = f, d = 0.0;
    for (int i = 1; i < MAX_TERMS; i++) {
        double m = i, odd = a + 2.0 * m - 1.0;
        double part = m * (b - m) * x / odd;
        double am = (a + m - 1.0) * ((a + b + m - 1.0) * x / odd) * part;
        double bm = m + part + (a + m) * (first + m * (1.0 + y)) / (odd + 2.0);
        d = 1.0 / keep_from_zero(bm + am * d);
        c = keep_from_zero(bm + am / c);
        f *= d * c;
        if (fabs(d * c - 1.0) < 0x1p-53) break;
    }
    return f;
}

double td_beta_inc(double a, double b, double x, double y) {
    if (!(a > 0 && b > 0 && x >= 0 && y >= 0)) return __builtin_nan("");
    if (x == 0) return 0.0;
    if (y == 0) return 1.0;
    double factor = td_beta_factor(a, b, x, y);
    if (x < (a + 1.0) / (a + b + 2.0)) return factor / beta_fraction(a, b, x, y);
    return 1.0 - factor / beta_fraction(b, a, y, x);
}

/* P(a, x) = factor/a (1 + x/(a+1) + x^2/((a+1)(a+2)) + ...). */
static double gamma_series(double a, double x) {
    double sum = 1.0, term = 1.0;
    for (int k = 1; k < MAX_TERMS && term > sum * 0x1p-56; k++) {
        term *= x / (a + k);
        sum += term;
    }
    return sum / a;
}

/* Q(a, x) = factor (1/(x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - ...)))). */
static double gamma_fraction(double a, double x) {
    double b = x + 1.0 - a, c = 1.0 / TINY, d = 1.0 / keep_from_zero(b), f = d;
    for (int k = 1; k < MAX_TERMS; k++) {
        double e = -k * (k - a);
        b += 2.0;
        d = 1.0 / keep_from_zero(e * d + b);
        c = keep_from_zero(b + e / c);
        f *= d * c;
        if (fabs(d * c - 1.0) < 0x1p-53) break;
    }
    return f;
}

/* P or Q, whichever `is_upper` asks for, from the one that is computed best. */
static double gamma_inc(double a, double x, int is_upper) {
    if (!(a > 0 && x >= 0)) return __builtin_nan("");
    if (x == 0 || x == __builtin_inf()) return (x == 0) == is_upper ? 1.0 : 0.0;
    double factor = sqrt(INV_TWO_PI * a) * td_exp(-td_stirling_error(a) - td_deviance(a, x, a - x));
    if (x < a + 1.0) {
        double lower = factor * gamma_series(a, x);
        return is_upper ? 1.0 - lower : lower;
    }
    double upper = factor * gamma_fraction(a, x);
    return is_upper ? upper : 1.0 - upper;
}

double td_gamma_inc_lower(double a, double x) { return gamma_inc(a, x, 0); }

double td_gamma_inc_upper(double a, double x) { return gamma_inc(a, x, 1); }
