"""Writes the benchmark's two tables, the same bytes for the same number of rows.

usage: make_workload.py DIRECTORY ROWS

29 columns: a timestamp, 20 numbers of four shapes, 5 categories of 3 to 50 levels, a
prediction, its probability and a latency. In `current` every third number, every second
category, the probability and the latency have moved.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

FIRST_MILLISECOND = 1_704_067_200_000  # 2024-01-01T00:00:00Z
LEVELS = (3, 5, 10, 20, 50)


def numbers(rng, shape, rows, moved):
    """One numeric column; `moved` shifts its centre and widens it."""
    match shape:
        case 0:
            return rng.normal(moved, 1.0 + moved, rows)
        case 1:
            return rng.lognormal(1.0 + moved, 0.6, rows)
        case 2:
            return rng.uniform(0.0, 100.0 * (1.0 + moved), rows)
        case _:
            return rng.gamma(2.0 + moved, 3.0, rows)


def categories(rng, levels, rows, steeper):
    """Level k is drawn in proportion to 1/k, or to a steeper power of it."""
    weights = 1.0 / np.arange(1, levels + 1) ** (1.0 + steeper)
    codes = rng.choice(levels, rows, p=weights / weights.sum()).astype(np.int32)
    names = pa.array([f"level_{k}" for k in range(levels)])
    return pa.DictionaryArray.from_arrays(pa.array(codes), names).cast(pa.string())


def table(rows, seed, drifted):
    rng = np.random.default_rng(seed)
    columns = {
        "timestamp": pa.array(FIRST_MILLISECOND + 1000 * np.arange(rows, dtype=np.int64), pa.timestamp("ms")),
    }
    for i in range(20):
        moved = 0.25 if drifted and i % 3 == 0 else 0.0
        columns[f"num_{i:02d}"] = np.round(numbers(rng, i % 4, rows, moved), 5)
    for i, levels in enumerate(LEVELS):
        steeper = 0.4 if drifted and i % 2 == 1 else 0.0
        columns[f"cat_{i}"] = categories(rng, levels, rows, steeper)
    probability = rng.beta(3.0 if drifted else 2.0, 5.0, rows)
    columns["probability"] = np.round(probability, 5)
    columns["prediction"] = np.where(probability > 0.5, "fraud", "legitimate")
    columns["latency_ms"] = np.round(rng.lognormal(2.8 if drifted else 2.5, 0.7, rows), 3)
    return pa.table(columns)


def main():
    directory, rows = Path(sys.argv[1]), int(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    for name, seed, drifted in (("baseline", 1, False), ("current", 2, True)):
        made = table(rows, seed, drifted)
        pa.parquet.write_table(made, directory / f"{name}.parquet", compression="zstd")
        pa.csv.write_csv(made, directory / f"{name}.csv")
        print(f"{name}: {rows} rows, {(directory / f'{name}.csv').stat().st_size / 1e6:.0f} MB of CSV")


if __name__ == "__main__":
    main()
