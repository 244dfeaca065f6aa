"""Times `driftline compare` beside its peers, whole processes, and checks that all agree.

usage: compare.py DRIFTLINE DIRECTORY [--format csv|parquet] [--runs N]

Every round runs each program once, so that a slow minute of the machine is slow for all;
the ratio is taken within a round and its median shown.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

PEERS = {"DuckDB": "duckdb_psi.py", "Polars": "polars_psi.py"}
PSI_TOLERANCE = 1e-6
LATENCY_TOLERANCE = 0.01  # the report's histogram is exact to 0.8 %


def measure(command, allowed):
    """Runs one process; returns seconds, peak memory in MB and what it printed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    code = process.returncode = os.waitstatus_to_exitcode(status)
    if code not in allowed:
        sys.exit(f"bench: {' '.join(map(str, command))} ended with {code}")
    return seconds, usage.ru_maxrss / 1000, printed


def disagreements(report, peers):
    """Where driftline's numbers differ from a peer's."""
    ours = {c["name"]: c["measures"].get("psi", {}).get("value") for c in report["columns"]}
    # A report without latency percentiles says nothing that could be wrong; `main` says so.
    latency = report.get("latency")
    for name, peer in peers.items():
        for column, theirs in peer["psi"].items():
            mine = ours.get(column)
            if mine is None or not abs(mine - theirs) <= PSI_TOLERANCE:
                yield f"PSI of {column}: driftline {mine}, {name} {theirs}"
        if latency is None:
            continue
        for key, theirs in zip(("p50_ms", "p95_ms", "p99_ms"), peer["latency_ms"], strict=True):
            mine = latency.get(key)
            if mine is None or not abs(mine - theirs) <= LATENCY_TOLERANCE * theirs:
                yield f"latency {key}: driftline {mine}, {name} {theirs}"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("driftline", type=Path)
    options.add_argument("directory", type=Path)
    options.add_argument("--format", default="csv", choices=("csv", "parquet"))
    options.add_argument("--runs", type=int, default=5)
    given = options.parse_args()

    files = [given.directory / f"{side}.{given.format}" for side in ("baseline", "current")]
    commands = {
        # 1 is driftline's exit code for drift found, which this workload has.
        "driftline": ([given.driftline, "compare", *files, "--format", "json", "--convention", "textbook"], (0, 1)),
    }
    for name, script in PEERS.items():
        peer = Path(__file__).parent / "peers" / script
        commands[name] = ([sys.executable, peer, given.directory, given.format], (0,))

    for file in files:  # the same warm file cache for all
        with file.open("rb") as opened:
            while opened.read(1 << 20):
                pass

    seconds, memory, printed = ({name: [] for name in commands} for _ in range(3))
    for turn in range(given.runs):
        order = list(commands) if turn % 2 == 0 else list(reversed(commands))
        for name in order:
            took, peak, output = measure(*commands[name])
            seconds[name].append(took)
            memory[name].append(peak)
            printed[name] = output
        print(f"round {turn + 1}: " + ", ".join(f"{name} {seconds[name][-1]:.2f} s" for name in commands), flush=True)

    size = sum(file.stat().st_size for file in files) / 1e6
    print(f"\n{given.format}, {size:.0f} MB in two files, {given.runs} rounds, {len(os.sched_getaffinity(0))} cores")
    print(f"{'':12}{'median':>10}{'best':>10}{'peak memory':>14}{'time / driftline':>19}")
    result = {"format": given.format, "megabytes": round(size), "runs": given.runs, "programs": {}}
    for name in commands:
        ratio = statistics.median(a / b for a, b in zip(seconds[name], seconds["driftline"], strict=True))
        median, best, peak = statistics.median(seconds[name]), min(seconds[name]), max(memory[name])
        print(f"{name:12}{median:>8.2f} s{best:>8.2f} s{peak:>11.0f} MB{ratio:>18.2f}×")
        result["programs"][name] = {"seconds": seconds[name], "peak_mb": round(peak), "ratio": round(ratio, 3)}
    (given.directory / f"result_{given.format}.json").write_text(json.dumps(result, indent=2) + "\n")

    peers = {name: json.loads(printed[name]) for name in PEERS}
    report = json.loads(printed["driftline"])
    if "latency" not in report:
        print("(the peers also find three latency percentiles, which driftline's report does not hold)")
    wrong = list(disagreements(report, peers))
    for line in wrong:
        print(f"bench: {line}", file=sys.stderr)
    if wrong:
        sys.exit(1)
    print(f"\nPSI of {len(peers['DuckDB']['psi'])} columns agrees with {' and '.join(PEERS)} to {PSI_TOLERANCE:g}")


if __name__ == "__main__":
    main()
