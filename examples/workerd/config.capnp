using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "driftline", worker = .driftline),
    (name = "state", disk = (path = "driftline-data", writable = true)),
    # Where orders may go: the outside alone.
    (name = "internet", network = (allow = ["public"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "driftline")],
);

const driftline :Workerd.Worker = (
  compatibilityDate = "2026-01-01",
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "driftline/edge.js", esModule = embed "../../npm/dist/edge.js"),
    (name = "driftline/edge_glue.js", esModule = embed "../../npm/dist/edge_glue.js"),
    (name = "driftline/edge_journal.js", esModule = embed "../../npm/dist/edge_journal.js"),
    (name = "driftline/edge_orders.js", esModule = embed "../../npm/dist/edge_orders.js"),
    (name = "driftline/edge.wasm", wasm = embed "../../npm/dist/edge.wasm"),
  ],
  durableObjectNamespaces = [(className = "Monitor", uniqueKey = "driftline-monitor", enableSql = true)],
  durableObjectStorage = (localDisk = "state"),
  bindings = [
    (name = "MONITOR", durableObjectNamespace = "Monitor"),
    (name = "TOKEN", fromEnvironment = "DRIFTLINE_TOKEN"),
    (name = "SECRET", fromEnvironment = "DRIFTLINE_SECRET"),
  ],
);
