"""The same endpoints as a team would write them in an afternoon: FastAPI, Pydantic, NumPy and prometheus_client.

The latest 10,000 events are kept, in memory alone: nothing is on disk when a request is answered.

usage: uvicorn fastapi_service:app --port PORT     the baseline is web/samples/transactions/baseline.csv
"""

import collections
import csv
from pathlib import Path

import fastapi
import numpy
import prometheus_client
import pydantic

KEPT, LEAST_ROWS, FLOOR, DRIFT = 10_000, 300, 1e-4, 0.2
BASELINE = Path(__file__).parents[2] / "web/samples/transactions/baseline.csv"
FEATURES = ("transaction_amount", "transaction_hour", "days_since_last_transaction", "transaction_count_24h", "distance_from_home")


class Event(pydantic.BaseModel):
    features: dict[str, float]
    prediction: str
    probability: float
    latency_ms: float


def shares(values, edges):
    counts = numpy.histogram(values, edges)[0]
    return numpy.maximum(counts / counts.sum(), FLOOR)


def read_baseline():
    """The inner edges of ten cells of equal mass for each feature, and what share of the baseline each cell holds."""
    with BASELINE.open() as file:
        rows = list(csv.DictReader(file))
    for name in FEATURES:
        values = numpy.array([float(row[name]) for row in rows if row[name]])
        edges = numpy.unique(numpy.quantile(values, numpy.linspace(0, 1, 11)))
        edges[0], edges[-1] = -numpy.inf, numpy.inf
        yield name, (edges, shares(values, edges))


baseline = dict(read_baseline())
live = {name: collections.deque(maxlen=KEPT) for name in FEATURES}
latencies = collections.deque(maxlen=KEPT)
durations = prometheus_client.Histogram("latency_seconds", "How long predictions took.")
psi_score = prometheus_client.Gauge("psi_score", "Population Stability Index.", ["feature"])
app = fastapi.FastAPI()


@app.post("/monitor")
def monitor(event: Event):
    for name, value in event.features.items():
        if name in live:
            live[name].append(value)
    latencies.append(event.latency_ms)
    durations.observe(event.latency_ms / 1000)
    return {"accepted": 1}


@app.get("/drift")
def drift():
    scores = {}
    for name, (edges, expected) in baseline.items():
        if len(live[name]) < LEAST_ROWS:
            continue
        found = shares(numpy.fromiter(list(live[name]), float), edges)
        scores[name] = float(((found - expected) * numpy.log(found / expected)).sum())
        psi_score.labels(name).set(scores[name])
    drifted = [name for name, score in scores.items() if score >= DRIFT]
    return {"drift_detected": bool(drifted), "psi_scores": scores, "drifted_features": drifted}


@app.get("/latency")
def latency():
    if not latencies:
        return {"count": 0}
    p50, p95, p99 = numpy.quantile(list(latencies), (0.5, 0.95, 0.99))
    return {"count": len(latencies), "p50_ms": p50, "p95_ms": p95, "p99_ms": p99}


@app.get("/metrics", response_class=fastapi.responses.PlainTextResponse)
def metrics():
    return prometheus_client.generate_latest().decode()
