"""Loads `driftline serve`, and beside it in turns its peers, and holds the figures against their targets.

usage: serve.py DRIFTLINE --work DIRECTORY [--rounds N] [--seconds N] [--connections N] [--beside DRIFTLINE] [--peer FILE]

Every round starts each program anew and loads it once, so that a slow minute of the machine is slow for all; the table
shows medians over the rounds. wrk sends the next request of a connection once the last is answered.
"""

import argparse
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PEER = ROOT / "bench/peers/fastapi_service.py"
READS = ("/drift", "/latency", "/alerts", "/metrics")
BATCH, BATCH_FEATURES, WIDE_FEATURES = 500, 20, 200
JSON, NDJSON = "application/json", "application/x-ndjson"


# ---- What is sent ------------------------------------------------------------------------


def feature_names(count):
    return [f"f{i}" for i in range(count)]


def values(chance, count):
    return [round(chance.lognormvariate(1, 1), 4) for _ in range(count)]


def write_baseline(path, features):
    chance = random.Random(features)
    with path.open("w") as file:
        print(",".join([*feature_names(features), "prediction", "probability", "latency_ms"]), file=file)
        for _ in range(5000):
            row = values(chance, features)
            print(*row, chance.choice("ab"), round(chance.random(), 3), round(chance.lognormvariate(3, 0.5), 2), sep=",", file=file)


def event(chance, names):
    return {
        "features": dict(zip(names, values(chance, len(names)), strict=True)),
        "prediction": chance.choice("ab"),
        "probability": round(chance.random(), 3),
        "latency_ms": round(chance.lognormvariate(3, 0.5), 2),
    }


def as_columns(events):
    columns = {name: [event["features"][name] for event in events] for name in events[0]["features"]}
    for name in ("prediction", "probability", "latency_ms"):
        columns[name] = [event[name] for event in events]
    return {"columns": columns}


# How a batch is written.
FORMS = {
    "array": (JSON, json.dumps),
    "ndjson": (NDJSON, lambda events: "\n".join(map(json.dumps, events))),
    "columns": (JSON, lambda events: json.dumps(as_columns(events))),
}


class Workload:
    """Files that are sent, made once."""

    def __init__(self, directory):
        made = directory / "made_by.py"
        if not made.exists() or made.read_bytes() != Path(__file__).read_bytes():
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(parents=True)
            for features in (BATCH_FEATURES, WIDE_FEATURES):
                write_baseline(directory / f"baseline_{features}.csv", features)
            chance = random.Random(1)
            names = ["transaction_amount", "transaction_hour", "days_since_last_transaction", "transaction_count_24h", "distance_from_home"]
            for number in range(64):
                (directory / f"one_{number}.json").write_text(json.dumps(event(chance, names)))
                (directory / f"wide_{number}.json").write_text(json.dumps(event(chance, feature_names(WIDE_FEATURES))))
            for number in range(8):
                events = [event(chance, feature_names(BATCH_FEATURES)) for _ in range(BATCH)]
                for form, (_, write) in FORMS.items():
                    (directory / f"{form}_{number}.json").write_text(write(events))
            shutil.copy(__file__, made)
        self.directory = directory

    def files(self, name):
        return sorted(self.directory.glob(f"{name}_*.json"))

    def baseline(self, features):
        return self.directory / f"baseline_{features}.csv"


# ---- Who is loaded -----------------------------------------------------------------------


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Service:
    """A running server, ended with its block."""

    def __init__(self, command, environment=None, data=None):
        self.command, self.environment, self.data = command, environment, data
        self.log = None

    def __enter__(self):
        self.start()
        return self

    def start(self):
        self.port = free_port()
        command = [str(part).replace("PORT", str(self.port)) for part in self.command]
        if self.data:
            self.data.mkdir(parents=True, exist_ok=True)
            self.log = (self.data.parent / "log").open("ab")
        began = time.perf_counter()
        self.process = subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=self.log or subprocess.DEVNULL)
        while True:
            try:
                # Ready, not merely listening: driftline answers 503 until it takes events, the peer knows no /health.
                if ask(self.port, "/health")[0] in (200, 404):
                    break
            except OSError:
                pass
            if self.process.poll() is not None or time.perf_counter() - began > 60:
                sys.exit(f"bench: {command[0]} did not start")
            time.sleep(0.005)
        self.started_in = time.perf_counter() - began

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()

    def __exit__(self, *_):
        self.end()
        if self.log:
            self.log.close()
        if self.data:
            shutil.rmtree(self.data.parent)

    def resident_mb(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1000

    def metric(self, name):
        found = re.search(rf"^{name} (\S+)$", ask(self.port, "/metrics")[1], re.MULTILINE)
        return float(found[1])


def ask(port, target):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def driftline(binary, work, baseline):
    folder = work / f"data_{os.getpid()}"
    data = folder / "store"
    return Service([binary, "serve", "--listen", "127.0.0.1:PORT", "--log", "json", "--data", data, "--baseline", baseline], data=data)


def fastapi(script):
    command = [sys.executable, "-m", "uvicorn", f"{script.stem}:app", "--port", "PORT", "--log-level", "warning", "--no-access-log"]
    return Service(command, environment={**os.environ, "PYTHONPATH": str(script.parent)})


# ---- Load --------------------------------------------------------------------------------


def load(service, target, seconds, connections, media_type=None, files=()):
    threads = min(2, connections)
    url = f"http://127.0.0.1:{service.port}{target}"
    command = ["wrk", "-t", threads, "-c", connections, "-d", f"{seconds}s", "--timeout", "10s", "-s", ROOT / "bench/load.lua", url]
    command += ["--", media_type, *files] if files else []
    said = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout
    figures = json.loads(re.search(r"^DONE (.*)$", said, re.MULTILINE)[1])
    if figures["refused"] or figures["unanswered"]:
        print(f"bench: {target}: {figures['refused']} refused, {figures['unanswered']} not answered", file=sys.stderr)
    return figures


class Beside(threading.Thread):
    """Runs while something else goes on, until `over`."""

    def __init__(self):
        super().__init__()
        self.over = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


class Reader(Beside):
    """Asks for each of READS ten times a second while something else goes on."""

    def __init__(self, port):
        super().__init__()
        self.port, self.took = port, {target: [] for target in READS}

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.over.is_set():
            began = time.perf_counter()
            for target in READS:
                asked = time.perf_counter()
                connection.request("GET", target)
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    sys.exit(f"bench: {target} answered {answer.status}")
                self.took[target].append((time.perf_counter() - asked) * 1000)
            self.over.wait(max(0, 0.1 - (time.perf_counter() - began)))
        connection.close()


def quantile(numbers, share):
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Memory(Beside):
    """Resident memory four times a second."""

    def __init__(self, service):
        super().__init__()
        self.service, self.seen = service, []

    def run(self):
        while not self.over.wait(0.25):
            self.seen.append(self.service.resident_mb())


# ---- What is measured --------------------------------------------------------------------


class Bench:
    def __init__(self, given, workload):
        self.given, self.workload = given, workload
        self.figures = {}

    def note(self, program, name, value):
        self.figures.setdefault(name, {}).setdefault(program, []).append(value)

    def one(self, program, service):
        """One event a request."""
        given = self.given
        load(service, "/monitor", 1, given.connections, JSON, self.workload.files("one"))
        figures = load(service, "/monitor", given.seconds, given.connections, JSON, self.workload.files("one"))
        self.note(program, "one event: requests/s", figures["per_second"])
        self.note(program, "one event: p50 ms", figures["p50_ms"])
        self.note(program, "one event: p99 ms", figures["p99_ms"])
        self.note(program, "GET /drift alone: requests/s", load(service, "/drift", max(2, given.seconds // 4), 8)["per_second"])

    def events(self, program, service):
        commands, transactions = (service.metric(f"driftline_store_{name}_total") for name in ("commands", "transactions"))
        self.one(program, service)
        more = [service.metric(f"driftline_store_{name}_total") for name in ("commands", "transactions")]
        self.note(program, "one event: commands a flush", (more[0] - commands) / (more[1] - transactions))

    def batches(self, program, service):
        for form, (media_type, _) in FORMS.items():
            files = self.workload.files(form)
            load(service, "/monitor", 1, 8, media_type, files)
            figures = load(service, "/monitor", self.given.seconds, 8, media_type, files)
            self.note(program, f"batches, {form}: events/s", figures["per_second"] * BATCH)
            self.note(program, f"batches, {form}: p99 ms", figures["p99_ms"])

    def reads(self, program, service, form, words):
        load(service, "/monitor", 1, self.given.connections, JSON, self.workload.files(form))
        with Reader(service.port) as reader:
            figures = load(service, "/monitor", self.given.seconds * 2, self.given.connections, JSON, self.workload.files(form))
        for target in READS:
            self.note(program, f"{words}: GET {target} p50 ms", quantile(reader.took[target], 0.5))
            self.note(program, f"{words}: GET {target} p99 ms", quantile(reader.took[target], 0.99))
        self.note(program, f"{words}: requests/s", figures["per_second"])
        self.note(program, f"{words}: p99 ms", figures["p99_ms"])

    def memory(self, program, service):
        """After all else: what was taken is to be given back, or used again."""
        given = self.given
        with Memory(service) as memory:
            load(service, "/monitor", given.seconds * 2, given.connections, JSON, self.workload.files("one"))
        half = len(memory.seen) // 2
        self.note(program, "memory under load MB", max(memory.seen))
        self.note(program, "memory, growth in the second half MB", memory.seen[-1] - memory.seen[half])

    def round_of(self, program, binary):
        work, workload = self.given.work, self.workload
        sample = ROOT / "web/samples/transactions/baseline.csv"
        with driftline(binary, work, sample) as service:
            self.note(program, "start, new ms", service.started_in * 1000)
            self.note(program, "memory at the start MB", service.resident_mb())
            self.events(program, service)
            self.memory(program, service)
            service.end(signal.SIGKILL)
            service.start()
            self.note(program, "start after kill -9 under load ms", service.started_in * 1000)
        with driftline(binary, work, workload.baseline(BATCH_FEATURES)) as service:
            self.batches(program, service)
        with driftline(binary, work, workload.baseline(WIDE_FEATURES)) as service:
            self.reads(program, service, "one", "5 of 200 features")
            self.reads(program, service, "wide", "200 features")
            self.note(program, "memory, 200 features MB", service.resident_mb())

    def round_of_peer(self, program):
        with fastapi(self.given.peer) as service:
            self.note(program, "start, new ms", service.started_in * 1000)
            self.note(program, "memory at the start MB", service.resident_mb())
            self.one(program, service)
            self.note(program, "memory under load MB", service.resident_mb())


# ---- The table ---------------------------------------------------------------------------

# Name → the least (≥) or the most (≤) that is wanted.
TARGETS = {
    "one event: requests/s": (">=", 8000),
    "one event: p99 ms": ("<=", 40),
    **{f"batches, {form}: events/s": (">=", 50_000) for form in FORMS},
    **{f"{words}: GET {target} p99 ms": ("<=", 100) for words in ("5 of 200 features", "200 features") for target in READS},
    "start, new ms": ("<=", 1000),
    "start after kill -9 under load ms": ("<=", 5000),
    "binary MB": ("<=", 25),
}


def shown(value):
    return "" if value is None else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def table(figures, programs):
    width = max(map(len, figures)) + 2
    print(f"{'':{width}}{'target':>10}" + "".join(f"{program:>14}" for program in programs))
    missed = []
    for name, by_program in figures.items():
        medians = {program: statistics.median(values) for program, values in by_program.items()}
        target = TARGETS.get(name)
        line = f"{name:{width}}" + (f"{target[0].replace('>=', '≥').replace('<=', '≤')} {shown(target[1])}" if target else "").rjust(10)
        line += "".join(shown(medians.get(program)).rjust(14) for program in programs)
        ours = medians.get(programs[0])
        if target and ours is not None and not (ours >= target[1] if target[0] == ">=" else ours <= target[1]):
            missed.append(name)
            line += "   missed"
        print(line)
    return missed


def main():
    options = argparse.ArgumentParser()
    options.add_argument("driftline", type=Path)
    options.add_argument("--work", type=Path, required=True)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=int, default=8)
    options.add_argument("--connections", type=int, default=64)
    options.add_argument("--beside", type=Path, help="another build of driftline")
    options.add_argument("--peer", type=Path, default=PEER, help="another service of the same endpoints, for uvicorn")
    given = options.parse_args()
    given.work, given.peer = given.work.resolve(), given.peer.resolve()

    binaries = {"driftline": given.driftline.resolve()}
    if given.beside:
        binaries["beside"] = given.beside.resolve()
    programs = list(binaries)
    if given.peer.exists():
        programs.append("FastAPI")
    else:
        print(f"bench: SKIPPED the peer: there is no {given.peer}", file=sys.stderr)

    bench = Bench(given, Workload(given.work / "bodies"))
    for name, binary in binaries.items():
        bench.note(name, "binary MB", binary.stat().st_size / 1e6)
    loads = []
    for turn in range(given.rounds):
        for program in programs if turn % 2 == 0 else reversed(programs):
            loads.append(os.getloadavg()[0])
            if program in binaries:
                bench.round_of(program, binaries[program])
            else:
                bench.round_of_peer(program)
        rates = bench.figures["one event: requests/s"]
        print(f"round {turn + 1}: one event a request, " + ", ".join(f"{program} {rates[program][-1]:,.0f}/s" for program in programs), flush=True)

    print(f"\n{given.rounds} rounds of {given.seconds} s, {given.connections} connections, {len(os.sched_getaffinity(0))} cores, "
          f"medians; load average before each turn {min(loads):.1f} to {max(loads):.1f}")
    missed = table(bench.figures, programs)
    result = {"rounds": given.rounds, "seconds": given.seconds, "load_average": loads, "figures": bench.figures}
    (given.work / "result.json").write_text(json.dumps(result, indent=2) + "\n")
    if missed:
        print("\nmissed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
