// What the edge costs: the module's size, how long it takes to start, CPU of a request in workerd.
//
//   scripts/edge && node bench/edge.mjs
//
// CPU is the workerd process' own, user and system, as the kernel counts it (Linux): HTTP, JavaScript, wasm and the
// storage included, of requests one after the other on one connection.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { inWorkerd } from '../tests/edge/runtimes.mjs';
import { get, numbers, post } from '../tests/edge/vectors.mjs';

const wasm = readFileSync(new URL('../npm/dist/edge.wasm', import.meta.url));
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const row = (what, value) => console.log(`${what.padEnd(58)} ${value}`);

row('edge.wasm, raw', `${wasm.length} bytes (${(wasm.length / 2 ** 20).toFixed(2)} MiB)`);
row('edge.wasm, gzip -9', `${gzipSync(wasm, { level: 9 }).length} bytes`);

const { initSync, Station } = await import('../npm/dist/edge_glue.js');
const compiling = [];
for (let i = 0; i < 9; i += 1) {
  const began = performance.now();
  new WebAssembly.Module(wasm);
  compiling.push(performance.now() - began);
}
row('compile in Node (median of 9)', `${median(compiling).toFixed(1)} ms`);
const module = new WebAssembly.Module(wasm);
const imports = Object.fromEntries([...new Set(WebAssembly.Module.imports(module).map(({ module: from }) => from))].map((from) => [from, {}]));
for (const { module: from, name } of WebAssembly.Module.imports(module)) imports[from][name] = () => {};
const instantiating = [];
for (let i = 0; i < 21; i += 1) {
  const began = performance.now();
  new WebAssembly.Instance(module, imports);
  instantiating.push(performance.now() - began);
}
row('instantiate the compiled module in Node (median of 21)', `${median(instantiating).toFixed(2)} ms`);
initSync({ module });
const began = performance.now();
new Station('0.1.0', 'bench').free();
row('first service in it', `${(performance.now() - began).toFixed(2)} ms`);

const TICKS = 100; // per second: what Linux counts a process' CPU in
function cpuMillis(launcher) {
  // npm's command starts the program.
  const pid = readFileSync(`/proc/${launcher}/task/${launcher}/children`, 'utf8').trim().split(' ')[0] || launcher;
  // The name may hold blanks: what counts follows the last bracket.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}

async function measured(what, service, request, times) {
  for (let i = 0; i < times / 5; i += 1) await service.send(request);
  const before = cpuMillis(service.pid);
  for (let i = 0; i < times; i += 1) {
    const { status, body } = await service.send(request);
    if (status !== 200) throw new Error(`${status}: ${body}`);
  }
  row(what, `${((cpuMillis(service.pid) - before) / times).toFixed(3)} ms of CPU (of ${times})`);
}

for (const features of [5, 50]) {
  const next = numbers(features);
  const event = (moved = 0) => ({
    features: Object.fromEntries(Array.from({ length: features }, (_, i) => [`f${i}`, Math.round((next() + moved) * 1000) / 10])),
    prediction: next() < 0.5 ? 'a' : 'b',
    latency_ms: Math.round(next() * 500) / 10,
  });
  const service = await inWorkerd();
  try {
    await service.send(post('/v1/learn', { events: 1000 }));
    await service.send(post('/monitor', Array.from({ length: 1000 }, () => event())));
    await service.send(post('/monitor', Array.from({ length: 2000 }, () => event(0.1))));
    await measured(`GET /health (what HTTP itself takes)`, service, get('/health'), 2000);
    await measured(`POST /monitor, one event of ${features} features`, service, post('/monitor', event()), 2000);
    await measured(`GET /drift of ${features} features`, service, get('/drift'), 500);
  } finally {
    await service.close();
  }
}
