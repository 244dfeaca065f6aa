"""Makes measures.json: what the measures find for a few pairs of counts, by NumPy and SciPy.

    pip install scipy==1.17.1 numpy==2.4.6
    python make_measures.py > measures.json

No cell of these counts is empty on both sides or rare, so nothing is put together.
"""
import json
import platform

import numpy as np
import scipy
from scipy import optimize, stats
from scipy.spatial import distance

FLOOR = 1e-4
CASES = {
    "deciles, slight": ([1000] * 10, [95, 105, 99, 101, 98, 102, 110, 90, 97, 103]),
    "deciles, half a sigma": ([1000] * 10, [36, 52, 63, 74, 85, 97, 112, 131, 157, 193]),
    "short": ([100] * 10, [2, 4, 3, 5, 1, 6, 2, 3, 9, 5]),
    "floored": ([99_980, 15, 5], [99_000, 900, 0]),
    "two cells": ([500, 500], [250, 750]),
    "uneven": ([7000, 2000, 900, 100], [600, 250, 110, 40]),
    "large": ([100_000] * 20, [100_000 + 300 * (i - 10) for i in range(20)]),
}


def noncentrality(x, df, p):
    """The lambda for which P(chi'2(df, lambda) <= x) = p; 0 where even lambda = 0 gives less."""
    gap = lambda lam: (stats.ncx2.cdf(x, df, lam) if lam > 0 else stats.chi2.cdf(x, df)) - p
    if gap(0) <= 0:
        return 0.0
    high = 1.0
    while gap(high) > 0:
        high *= 2
    return optimize.brentq(gap, 0, high, xtol=1e-13, rtol=1e-14, maxiter=500)


def found(r, c):
    r, c = np.array(r, float), np.array(c, float)
    n, m, cells = r.sum(), c.sum(), len(r)
    s, df = 1 / n + 1 / m, cells - 1
    p, q = r / n, c / m
    P, Q = np.maximum(p, FLOOR), np.maximum(q, FLOOR)
    terms = (Q - P) * np.log(Q / P)
    ps, qs = (r + 0.5) / (n + cells / 2), (c + 0.5) / (m + cells / 2)
    smoothed = float(((qs - ps) * np.log(qs / ps)).sum())
    critical = stats.chi2.isf(0.05, df)
    return {
        "value": float(terms.sum()),
        "floored_share": float(terms[(p < FLOOR) | (q < FLOOR)].sum() / terms.sum()),
        "smoothed": smoothed,
        "lower": s * noncentrality(smoothed / s, df, 0.95),
        "upper": s * noncentrality(smoothed / s, df, 0.05),
        "corrected": max(0.0, smoothed - s * df),
        "p_value": float(stats.chi2_contingency(np.array([r, c]), correction=False).pvalue),
        "detectable": s * noncentrality(critical, df, 0.2),
        "noise": float(s * critical),
        "kl_current_from_reference": float((Q * np.log(Q / P)).sum()),
        "kl_reference_from_current": float((P * np.log(P / Q)).sum()),
        "js_distance": float(distance.jensenshannon(p, q, base=2)),
    }


print(json.dumps({
    "made_with": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
    "cases": {name: {"reference": r, "current": c, **found(r, c)} for name, (r, c) in CASES.items()},
}, indent=1))
