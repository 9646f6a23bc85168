#!/usr/bin/python3
"""Write tests/oracle/stats_special.h: distribution functions with 50 digits of mpmath.

    /usr/bin/python3 tests/oracle/make_stats_special.py > tests/oracle/stats_special.h

Tails are integrated or summed as such, so that each value is right to the last digit of a double. Results below 1e-30
and parameters beyond 1e6 are left out. Other ways than stats/special's: power series with positive terms, exact binomial
coefficients, and adaptive quadrature of the density for the non-central t.
"""
import mpmath as mp

mp.mp.dps = 60
HALF = mp.mpf(1) / 2


def series(term_ratio):
    """1 + r(0) + r(0) r(1) + ...: all terms positive, so nothing cancels."""
    total = term = mp.mpf(1)
    k = 0
    while term > total * mp.mpf(10) ** -52:
        term *= term_ratio(k)
        total += term
        k += 1
    return total


def beta_inc(a, b, x):
    a, b, x = mp.mpf(a), mp.mpf(b), mp.mpf(x)
    if x > a / (a + b):
        return 1 - beta_inc(b, a, 1 - x)
    head = mp.exp(a * mp.log(x) + b * mp.log(1 - x) + mp.loggamma(a + b) - mp.loggamma(a + 1) - mp.loggamma(b))
    return head * series(lambda k: (a + b + k) / (a + 1 + k) * x)


def gamma_upper(a, x):
    a, x = mp.mpf(a), mp.mpf(x)
    return 1 - mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1)) * series(lambda k: x / (a + 1 + k))


def t_sf(t, df):
    t, df = mp.mpf(t), mp.mpf(df)
    return HALF * beta_inc(df / 2, HALF, df / (df + t * t))


def nct_sf(t, df, delta):
    t, df, delta = mp.mpf(t), mp.mpf(df), mp.mpf(delta)
    norm = 2 * (df / 2) ** (df / 2) / mp.gamma(df / 2)
    f = lambda s: mp.ncdf(delta - t * s) * norm * s ** (df - 1) * mp.exp(-df * s * s / 2)
    width = 1 / mp.sqrt(2 * df)
    cuts = [mp.mpf(0)] + [1 + k * width for k in range(-30, 34, 2) if 1 + k * width > 0]
    if t > 0 and delta / t > 0:
        cuts.append(delta / t)
    top = 1 + 34 * width
    return mp.quad(f, sorted(cuts) + [top, top + 5])


def binomial_sf(k, n, p):
    return mp.fsum(mp.binomial(n, i) * mp.mpf(p) ** i * (1 - mp.mpf(p)) ** (n - i) for i in range(k + 1, n + 1))


def hyper_pmf(k, n1, n2, m):
    return mp.binomial(n1, k) * mp.binomial(n2, m - k) / mp.binomial(n1 + n2, m)


def hyper_sf(k, n1, n2, m):
    return mp.fsum(hyper_pmf(i, n1, n2, m) for i in range(k + 1, min(n1, m) + 1))


def rows(name, cases):
    print(f"static const oracle_value {name}[] = {{")
    for args, value in cases:
        if value is None or value < mp.mpf("1e-30") or value > 1 - mp.mpf("1e-20"):
            continue
        padded = list(args) + [0] * (4 - len(args))
        print("    {{" + ", ".join(repr(float(a)) for a in padded) + "}, " + mp.nstr(value, 20) + "},")
    print("};")


def grid(function, *axes):
    cases = [()]
    for axis in axes:
        cases = [c + (v,) for c in cases for v in axis]
    return [(c, function(*c)) for c in cases]


print("/* tests/oracle/stats_special.h: written by make_stats_special.py. */")
print("#ifndef TD_TESTS_ORACLE_STATS_SPECIAL_H\n#define TD_TESTS_ORACLE_STATS_SPECIAL_H\n")
print("typedef struct oracle_value {\n    double x[4];\n    double value;\n} oracle_value;\n")
SHAPES = [0.5, 1.0, 2.5, 17.0, 130.5, 1000.0, 5000.0]
POINTS = [1e-6, 0.0078125, 0.125, 0.375, 0.5, 0.75, 0.984375]
rows("oracle_beta", grid(beta_inc, SHAPES, SHAPES, POINTS))
big = [((a, b, x), beta_inc(a, b, x)) for a, b, x in
       [(8000, 992000, 0.0078125), (8000, 992000, 0.0082), (1e5, 1e5, 0.5), (1e5, 1e5, 0.503), (84, 9916, 0.0078125)]]
rows("oracle_beta_big", big)
rows("oracle_gamma_upper", grid(gamma_upper, [0.5, 1, 2.5, 17, 130.5, 1000, 10000], [0.001, 0.5, 2, 11, 30, 120, 160, 1050, 10100]))
rows("oracle_t_sf", grid(t_sf, [0.001, 0.5, 1.96, 5, 12.7, 40, 1e5], [1, 2.5, 10, 38, 500, 1e5]))
rows("oracle_f_sf", grid(lambda x, a, b: beta_inc(mp.mpf(b) / 2, mp.mpf(a) / 2,
                                                  mp.mpf(b) / (mp.mpf(b) + mp.mpf(a) * mp.mpf(x))),
                         [0.25, 1, 1.5, 4, 30], [1, 3, 20, 200], [1, 5, 40, 1000]))
rows("oracle_nct_sf", grid(nct_sf, [-1.0, 0.5, 1.96, 4.3, 12.7], [1, 2.5, 18, 126, 5000], [0, 0.3, 2.8, 9]))
rows("oracle_binomial_sf", grid(binomial_sf, [0, 3, 30, 90], [100, 2000], [0.0078125, 0.125, 0.5]))
rows("oracle_hyper_sf", [(c, hyper_sf(*c)) for c in
                         [(1, 4, 4, 4), (10, 20, 30, 25), (3, 100, 9900, 80), (100, 500, 500, 220), (30, 5000, 5000, 50),
                          (5, 300, 700, 40), (119, 1000, 1000, 220), (84, 5000, 5000, 150)]])
print("\n#endif")
