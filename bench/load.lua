-- Sends the given bodies in turn, and tells as one line of JSON what came of it.
--
--   wrk … -s bench/load.lua URL -- CONTENT-TYPE FILE…     without files: GET
local requests, at = {}, 0

function init(arguments)
  if #arguments == 0 then
    requests[1] = wrk.format("GET")
  end
  for place = 2, #arguments do
    local file = assert(io.open(arguments[place], "rb"))
    requests[place - 1] = wrk.format("POST", nil, { ["Content-Type"] = arguments[1] }, file:read("*a"))
    file:close()
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'DONE {"per_second": %.1f, "p50_ms": %.3f, "p99_ms": %.3f, "p999_ms": %.3f, "refused": %d, "unanswered": %d}\n',
    summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
