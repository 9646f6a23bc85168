/* stats/root.c: Brent's zero finder.
 *
 * Problem: f(x) = 0 on an interval where f changes its sign, without derivatives, with the safety
 * of bisection and nearly the speed of Newton's method.
 *
 *   1. Keep b (best), a (its predecessor) and c with f(b) f(c) <= 0: the zero lies between b and c.
 *   2. Try inverse quadratic interpolation through a, b, c, or the secant when a = c.
 *   3. Take that step if it stays inside 3/4 of the bracket and is less than half the last but one;
 *      otherwise halve the bracket.
 *   4. When four steps have not halved the bracket, halve it.
 *   5. Stop when the bracket is a few ulp of b, or f(b) = 0.
 *
 * Cost: about 10 evaluations for smooth f, at most about the square of the number of bisections;
 * capped at 300. It does not look for a bracket of its own except on the positive axis, where
 * doubling finds one for monotone f.
 *
 * Brent, "Algorithms for Minimization without Derivatives", Prentice-Hall 1973, chapter 4. */
#include "stats/root.h"

#include <math.h>

enum { MAX_STEPS = 300 };

/* a: last point, b: best point, c: on the other side; step, before: the last two steps. */
typedef struct bracket {
    double a, b, c;
    double fa, fb, fc;
    double step, before;
} bracket;

/* After a move b may have crossed the zero: c must be on the other side, b the smaller value. */
static void order(bracket *s) {
    if ((s->fb > 0) == (s->fc > 0)) {
        s->c = s->a;
        s->fc = s->fa;
        s->step = s->before = s->b - s->a;
    }
    if (fabs(s->fc) < fabs(s->fb)) {
        s->a = s->b;
        s->b = s->c;
        s->c = s->a;
        s->fa = s->fb;
        s->fb = s->fc;
        s->fc = s->fa;
    }
}

/* Interpolated step p/q from b; half of the bracket when interpolation would go astray. */
static double choose_step(bracket *s, double half, double tolerance) {
    if (fabs(s->before) >= tolerance && fabs(s->fa) > fabs(s->fb)) {
        double r = s->fb / s->fa, p, q;
        if (s->a == s->c) {
            p = 2.0 * half * r;
            q = 1.0 - r;
        } else {
            double u = s->fa / s->fc, v = s->fb / s->fc;
            p = r * (2.0 * half * u * (u - v) - (s->b - s->a) * (v - 1.0));
            q = (u - 1.0) * (v - 1.0) * (r - 1.0);
        }
        if (p > 0) q = -q;
        p = fabs(p);
        if (2.0 * p < fmin(3.0 * half * q - fabs(tolerance * q), fabs(s->before * q))) {
            s->before = s->step;
            return s->step = p / q;
        }
    }
    s->before = half;
    return s->step = half;
}

double td_root_find(td_real_fn f, const void *ctx, double low, double high) {
    bracket s = {.a = low, .b = high, .fa = f(ctx, low), .fb = f(ctx, high)};
    if (s.fa == 0) return low;
    if (s.fb == 0) return high;
    if (!((s.fa > 0) != (s.fb > 0)) || s.fa != s.fa || s.fb != s.fb) return __builtin_nan("");
    s.c = s.b;
    s.fc = s.fb;
    double width = high - low;
    for (int i = 0; i < MAX_STEPS; i++) {
        order(&s);
        double tolerance = 0x1p-52 * fabs(s.b) + 0x1p-1070;
        double half = 0.5 * (s.c - s.b);
        if (fabs(half) <= tolerance || s.fb == 0) break;
        double step = choose_step(&s, half, tolerance);
        if (i % 4 == 3) { /* a pole at an end can make steps tiny: then the bracket is halved */
            if (fabs(half) > 0.25 * width) step = s.step = s.before = half;
            width = 2.0 * fabs(half);
        }
        s.a = s.b;
        s.fa = s.fb;
        s.b += fabs(step) > tolerance ? step : (half > 0 ? tolerance : -tolerance);
        s.fb = f(ctx, s.b);
    }
    return s.b;
}

double td_root_find_positive(td_real_fn f, const void *ctx, double start) {
    double low = start, high = start;
    if (f(ctx, start) < 0) {
        do {
            low = high;
            high *= 2.0;
            if (high > 1e300) return __builtin_inf();
        } while (f(ctx, high) < 0);
    } else {
        do {
            high = low;
            low *= 0.5;
            if (low < 1e-300) return 0.0;
        } while (f(ctx, low) > 0);
    }
    return td_root_find(f, ctx, low, high);
}
