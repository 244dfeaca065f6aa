"""Makes special_functions.json, the golden table of driftline_core::num.

    pip install mpmath==1.4.1 scipy==1.17.1 numpy==2.4.6
    python make_special_functions.py > special_functions.json

Python 3.11, about a minute. Every value is computed by mpmath with 50 digits from a series of positive terms, the smaller
tail never by subtraction, then rounded once to a double. Where SciPy is at home the same value is asked of it and the
script stops if they differ. Arguments are doubles, taken exactly.
"""
import json
import sys

import mpmath
import numpy
import scipy
from mpmath import mp, mpf
from scipy import special, stats

mp.dps = 50
SMALLEST = 1e-300
Z = [-36, -20, -8, -3, -1, -0.1, 0, 0.01, 1, 3, 8, 20, 37]


def series(a, x):
    """1 + x/(a+1) + x^2/((a+1)(a+2)) + ..."""
    term = total = mpf(1)
    k = 0
    while term > total * mpf(10) ** -50:
        k += 1
        term *= x / (a + k)
        total += term
    return total


def density(a, x):
    """x^a e^-x / Gamma(a+1)"""
    return mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1)) if a > 0 else mp.exp(-x)


def upper(a, x):
    """Q(a, x) = D(a-1) + D(a-2) + ... + Q(a-n, x), all positive."""
    total, term = mpf(0), density(a, x)
    while a >= 1:
        term *= a / x
        a -= 1
        total += term
        if term < total * mpf(10) ** -50:
            return total
    return total + (mpf(0) if a == 0 else mpmath.gammainc(a, x, mp.inf, regularized=True))


def gamma_pq(a, x):
    a, x = mpf(a), mpf(x)
    if x < a:
        p = density(a, x) * series(a, x)
        return p, 1 - p
    q = upper(a, x)
    return 1 - q, q


def beta_inc(a, b, x):
    """x^a (1-x)^b / (a B(a,b)) * sum (a+b)_n / (a+1)_n x^n (DLMF 8.17.8)"""
    a, b, x = mpf(a), mpf(b), mpf(x)
    term = total = mpf(1)
    n = 0
    while term > total * mpf(10) ** -50:
        term *= (a + b + n) * x / (a + 1 + n)
        total += term
        n += 1
    head = a * mp.log(x) + b * mp.log1p(-x) + mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    return mp.exp(head) / a * total


def noncentral_pq(x, df, lam):
    """The Poisson mixture over every k within 45 Poisson widths (what is left out is below 1e-400)."""
    a, y, h = mpf(df) / 2, mpf(x) / 2, mpf(lam) / 2
    top = int(h + 45 * mp.sqrt(h) + 400)
    bottom = max(0, int(h - 45 * mp.sqrt(h) - 400))
    total = mpf(0)
    if x < df + lam:
        p, d, w = density(a + top, y) * series(a + top, y), density(a + top, y), density(mpf(top), h)
        for k in range(top, bottom - 1, -1):
            total += w * p
            w *= k / h
            d *= (a + k) / y
            p += d
        return total, 1 - total
    q, d, w = gamma_pq(a + bottom, y)[1], density(a + bottom, y), density(mpf(bottom), h)
    for k in range(bottom, top + 1):
        total += w * q
        q += d
        w *= h / (k + 1)
        d *= y / (a + k + 1)
    return 1 - total, total


def keep(value):
    return SMALLEST <= value <= 1


def agree(name, args, ours, scipys, tolerance):
    if not abs(float(ours) - scipys) <= tolerance * abs(float(ours)):
        sys.exit(f"{name}{args}: mpmath {float(ours)!r}, SciPy {scipys!r}")


def gamma_rows():
    rows = []
    for a in [1e-3, 0.05, 0.5, 1.0, 2.5, 4.5, 9.5, 10.0, 49.5, 500.0, 5500.0, 24999.5, 25000.0, 1e5, 1e6]:
        xs = [a + z * a**0.5 for z in Z] + [a / 1000, a / 10, a / 2, 2 * a, 5 * a]
        xs += [0.001, 0.3, 0.999, 1.0, 1.5, 20.0, 300.0] if a < 20 else []
        for x in sorted({x for x in xs if x > 0}):
            p, q = gamma_pq(a, x)
            if keep(p) and keep(q):
                if a <= 1e4 and abs(x - a) < 10 * a**0.5:
                    agree("gammainc", (a, x), p, special.gammainc(a, x), 1e-9)
                    agree("gammaincc", (a, x), q, special.gammaincc(a, x), 1e-9)
                rows.append([a, x, float(p), float(q)])
    return rows


def ln_gamma_rows():
    xs = [1e-8, 0.1, 0.5, 1.0001, 1.5, 1.9999, 2.5, 9.99, 10.0, 123.4, 1e4, 1e7]
    return [[x, float(mp.loggamma(mpf(x)))] for x in xs]


def beta_rows():
    rows = []
    shapes = [(0.5, 0.5), (0.05, 3.0), (1.0, 7.0), (2.5, 0.5), (9.0, 11.0), (50.0, 0.5), (300.0, 7000.0), (4e4, 5e4),
              (1e5, 0.5), (2e5, 20.0)]
    for a, b in shapes:
        mean, sd = a / (a + b), (a * b / ((a + b) ** 2 * (a + b + 1))) ** 0.5
        xs = {mean + z * sd for z in Z} | {1e-6, 0.01, 0.25, 0.5, 0.9}
        for x in sorted(x for x in xs if 0 < x < 0.99):
            p = beta_inc(a, b, x)
            if keep(p):
                if abs(x - mean) < 5 * sd and a + b < 1e4:
                    agree("betainc", (a, b, x), p, special.betainc(a, b, x), 1e-9)
                rows.append([a, b, x, float(p)])
    return rows


def ln_beta_rows():
    pairs = [(0.5, 0.5), (2.0, 3.0), (1e-6, 4.0), (12.5, 800.0), (1e6, 0.5), (1e6, 3e6)]
    return [[a, b, float(mp.log(mp.beta(mpf(a), mpf(b)))) if a + b < 1e3 else
             float(mp.loggamma(mpf(a)) + mp.loggamma(mpf(b)) - mp.loggamma(mpf(a) + mpf(b)))] for a, b in pairs]


def normal_rows():
    zs = [-37.0, -30.0, -20.0, -8.0, -5.5, -2.0, -1.0, -0.5, -1e-5, 0.0, 1e-9, 0.3, 1.0, 1.96, 3.0, 6.0, 8.0]
    return [[z, float(mp.ncdf(mpf(z)))] for z in zs]


def erf_rows():
    xs = [1e-10, 0.1, 0.5, 0.84, 1.0, 1.25, 2.0, 2.86, 5.0, 6.0, 20.0, 26.0]
    return [[x, float(mp.erf(mpf(x))), float(mp.erfc(mpf(x)))] for x in xs]


def normal_quantile_rows():
    rows = []
    for p in [1e-300, 1e-100, 1e-20, 1e-8, 1e-4, 0.02425, 0.1, 0.25, 0.4, 0.5 - 1e-10, 0.5 + 1e-6, 0.6, 0.95, 0.975, 0.9999]:
        z = mp.mpf(special.ndtri(p))
        for _ in range(6):
            z -= (mp.ncdf(z) - mpf(p)) / mp.npdf(z)
        rows.append([p, float(z)])
    return rows


def chi_square_quantile_rows():
    """[df, alpha, x] with P(chi2 > x) = alpha."""
    rows = []
    for df in [0.5, 1.0, 2.0, 9.0, 19.0, 99.0, 999.0, 10999.0]:
        for alpha in [1e-280, 1e-30, 1e-6, 0.001, 0.05, 0.3, 0.5, 0.9, 0.99, 0.99999]:
            start = stats.chi2.isf(alpha, df)
            if not (0 < start < 1e8):
                continue
            a = mpf(df) / 2
            x = mpf(start) / 2
            for _ in range(8):  # Newton on ln Q
                q = gamma_pq(a, x)[1]
                step = (mp.log(mpf(alpha)) - mp.log(q)) * q / -(a * density(a, x))
                x *= mp.exp(step)
                if abs(step) < mpf(10) ** -40:
                    break
            else:
                sys.exit(f"no quantile for {df}, {alpha}")
            rows.append([df, alpha, float(2 * x)])
    return rows


def noncentral_rows():
    rows = []
    cases = [(df, lam) for df in [0.5, 2.0, 9.0, 99.0, 10999.0] for lam in [0.001, 1.0, 15.65, 300.0, 5000.0]]
    cases += [(9.0, 49999.0), (9.0, 50001.0), (9.0, 2e5), (999.0, 2e5), (9.0, 1e6), (10999.0, 1e7)]
    for df, lam in cases:
        mean, sd = df + lam, (2 * (df + 2 * lam)) ** 0.5
        zs = Z if lam < 1e5 else [-30, -8, -1, 0, 3, 20]
        xs = {mean + z * sd for z in zs} | ({mean / 30, mean / 4, 3 * mean} if lam < 1e4 else set())
        for x in sorted(x for x in xs if x > 0):
            p, q = noncentral_pq(x, df, lam)
            if keep(p) and keep(q):
                if abs(x - mean) < 2 * sd and lam <= 5000:
                    agree("chndtr", (x, df, lam), p, special.chndtr(x, df, lam), 1e-8)
                rows.append([x, df, lam, float(p), float(q)])
    return rows


TABLE = {
    "made_with": f"make_special_functions.py, Python {sys.version.split()[0]}, mpmath {mpmath.__version__}, "
                 f"SciPy {scipy.__version__}, NumPy {numpy.__version__}",
    "ln_gamma: x, value": ln_gamma_rows(),
    "gamma: a, x, P, Q": gamma_rows(),
    "ln_beta: a, b, value": ln_beta_rows(),
    "beta: a, b, x, I": beta_rows(),
    "erf: x, erf, erfc": erf_rows(),
    "normal: z, cdf": normal_rows(),
    "normal quantile: p, z": normal_quantile_rows(),
    "chi square critical: df, alpha, x": chi_square_quantile_rows(),
    "noncentral: x, df, lambda, cdf, sf": noncentral_rows(),
}
# One row a line, so that a change can be read in a diff.
parts = [f"{json.dumps(name)}: " + (json.dumps(rows) if isinstance(rows, str) else
         "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]") for name, rows in TABLE.items()]
print("{\n" + ",\n".join(parts) + "\n}")
