"""The same work in DuckDB: PSI of 21 numeric and 6 categorical columns, latency percentiles.

usage: duckdb_psi.py DIRECTORY csv|parquet
"""

import json
import math
import os
import sys

import duckdb

NUMERIC = [f"num_{i:02d}" for i in range(20)] + ["probability"]
CATEGORICAL = [f"cat_{i}" for i in range(5)] + ["prediction"]
DECILES = [k / 10 for k in range(1, 10)]
FLOOR = 1e-4


def psi(reference, current):
    """Σ (q − p)·ln(q/p) over cells, shares floored."""
    n, m = sum(reference), sum(current)
    total = 0.0
    for a, b in zip(reference, current, strict=True):
        p, q = max(a / n, FLOOR), max(b / m, FLOOR)
        total += (q - p) * math.log(q / p)
    return total


def main():
    directory, kind = sys.argv[1:]
    db = duckdb.connect()
    db.execute(f"SET threads = {len(os.sched_getaffinity(0))}")
    for table in ("baseline", "current"):
        db.execute(f"CREATE TABLE {table} AS SELECT * FROM '{directory}/{table}.{kind}'")

    def counts(table, key):
        return dict(db.execute(f"SELECT {key} AS cell, count(*) FROM {table} GROUP BY cell").fetchall())

    found = {}
    cuts = db.execute(f"SELECT {', '.join(f'quantile_cont({c}, {DECILES})' for c in NUMERIC)} FROM baseline").fetchone()
    for column, edges in zip(NUMERIC, cuts, strict=True):
        # repr() keeps every digit, so that a value on an edge falls where the edge says.
        arms = " ".join(f"WHEN {column} <= {edge!r}::DOUBLE THEN {i}" for i, edge in enumerate(edges))
        sides = [counts(table, f"CASE {arms} ELSE {len(edges)} END") for table in ("baseline", "current")]
        found[column] = psi(*([side.get(i, 0) for i in range(10)] for side in sides))
    for column in CATEGORICAL:
        sides = [counts(table, column) for table in ("baseline", "current")]
        levels = sorted(set(sides[0]) | set(sides[1]))
        found[column] = psi(*([side.get(level, 0) for level in levels] for side in sides))
    latency = db.execute("SELECT quantile_cont(latency_ms, [0.5, 0.95, 0.99]) FROM current").fetchone()[0]
    json.dump({"psi": found, "latency_ms": latency}, sys.stdout)


if __name__ == "__main__":
    main()
