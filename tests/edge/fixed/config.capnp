using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "driftline", worker = .driftline)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "driftline")],
);

const driftline :Workerd.Worker = (
  compatibilityDate = "2026-01-01",
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "driftline/edge.js", esModule = embed "../../../npm/dist/edge.js"),
    (name = "driftline/edge_glue.js", esModule = embed "../../../npm/dist/edge_glue.js"),
    (name = "driftline/edge_journal.js", esModule = embed "../../../npm/dist/edge_journal.js"),
    (name = "driftline/edge_orders.js", esModule = embed "../../../npm/dist/edge_orders.js"),
    (name = "driftline/edge.wasm", wasm = embed "../../../npm/dist/edge.wasm"),
  ],
  durableObjectNamespaces = [(className = "Monitor", uniqueKey = "driftline-monitor")],
  durableObjectStorage = (inMemory = void),
  bindings = [
    (name = "MONITOR", durableObjectNamespace = "Monitor"),
    (name = "INSTANT", text = "2024-01-15T10:30:00Z"),
    (name = "REPLICA", text = "edge"),
  ],
);
