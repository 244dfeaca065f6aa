"""The same work in Polars and NumPy: PSI of 21 numeric and 6 categorical columns, latency percentiles.

usage: polars_psi.py DIRECTORY csv|parquet
"""

import json
import sys

import numpy as np
import polars as pl

NUMERIC = [f"num_{i:02d}" for i in range(20)] + ["probability"]
CATEGORICAL = [f"cat_{i}" for i in range(5)] + ["prediction"]
DECILES = np.arange(1, 10) / 10
FLOOR = 1e-4


def psi(reference, current):
    """Σ (q − p)·ln(q/p) over cells, shares floored."""
    p = np.maximum(reference / reference.sum(), FLOOR)
    q = np.maximum(current / current.sum(), FLOOR)
    return float(np.sum((q - p) * np.log(q / p)))


def main():
    directory, kind = sys.argv[1:]
    scan = {"csv": pl.scan_csv, "parquet": pl.scan_parquet}[kind]
    baseline, current = (scan(f"{directory}/{name}.{kind}").collect() for name in ("baseline", "current"))

    found = {}
    for column in NUMERIC:
        edges = np.quantile(baseline[column].to_numpy(), DECILES)
        # side="left" puts a value that equals an edge below it: cells are (lo, hi].
        cells = (np.searchsorted(edges, side[column].to_numpy(), side="left") for side in (baseline, current))
        found[column] = psi(*(np.bincount(c, minlength=10) for c in cells))
    for column in CATEGORICAL:
        sides = [dict(side[column].value_counts().iter_rows()) for side in (baseline, current)]
        levels = sorted(set(sides[0]) | set(sides[1]))
        found[column] = psi(*(np.array([side.get(level, 0) for level in levels]) for side in sides))
    latency = np.quantile(current["latency_ms"].to_numpy(), [0.5, 0.95, 0.99]).tolist()
    json.dump({"psi": found, "latency_ms": latency}, sys.stdout)


if __name__ == "__main__":
    main()
