-- One event per request, as the server's interface has it; how many answers were not 200 is told at the end.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"features": {"transaction_amount": 150.0, "transaction_hour": 14, "days_since_last_transaction": 1.5, '
  .. '"transaction_count_24h": 3, "distance_from_home": 5.0}, "prediction": "legitimate", "probability": 0.88, "latency_ms": 12.5}'

function done(summary, latency, requests)
  io.write(string.format("requests/s %.0f\np50 %.2f ms\np99 %.2f ms\np99.9 %.2f ms\nnot 2xx or 3xx %d, not answered %d\n",
    summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
