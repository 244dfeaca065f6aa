// What the edge costs: the module's size, how long it takes to start, CPU of a request in workerd.
//
//   scripts/edge && node bench/edge.mjs
//
// CPU is the workerd process' own, user and system, as the kernel counts it (Linux): HTTP, JavaScript, wasm and the
// storage included, of requests one after the other on one connection.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { inWorkerd } from '../tests/edge/runtimes.mjs';
import { get, numbers, post } from '../tests/edge/vectors.mjs';

const wasm = readFileSync(new URL('../npm/dist/edge.wasm', import.meta.url));
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const row = (what, value) => console.log(`${what.padEnd(58)} ${value}`);

row('edge.wasm, raw', `${wasm.length} bytes (${(wasm.length / 2 ** 20).toFixed(2)} MiB)`);
row('edge.wasm, gzip -9', `${gzipSync(wasm, { level: 9 }).length} bytes`);

// Each in a process of its own: V8 keeps what it has compiled.
const started = (what) => {
  const program = `
    import { readFileSync } from 'node:fs';
    import { initSync, Station } from ${JSON.stringify(new URL('../npm/dist/edge_glue.js', import.meta.url).href)};
    const wasm = readFileSync(${JSON.stringify(fileURLToPath(new URL('../npm/dist/edge.wasm', import.meta.url)))});
    const began = performance.now();
    const module = new WebAssembly.Module(wasm);
    const compiled = performance.now();
    initSync({ module });
    const instantiated = performance.now();
    new Station('0.1.0', 'bench').free();
    console.log(JSON.stringify({ compile: compiled - began, instantiate: instantiated - compiled, first: performance.now() - instantiated }));`;
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  return JSON.parse(told)[what];
};
for (const [what, words] of Object.entries({
  compile: 'compile in Node (median of 9 processes)',
  instantiate: 'instantiate the compiled module in Node (the same)',
  first: 'first service in it (the same)',
})) row(words, `${median(Array.from({ length: 9 }, () => started(what))).toFixed(2)} ms`);
const { initSync, Station } = await import('../npm/dist/edge_glue.js');
initSync({ module: wasm });

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

/** CPU of the module alone, in Node: no HTTP, no storage. */
function within(what, station, { method, url, headers, body }, times) {
  const request = { method, url, headers: Object.entries(headers), body: body && new TextEncoder().encode(body) };
  const now = Date.now();
  for (let i = 0; i < times / 5; i += 1) station.handle(request, now);
  const before = process.cpuUsage();
  for (let i = 0; i < times; i += 1) station.handle(request, now);
  const { user, system } = process.cpuUsage(before);
  row(what, `${((user + system) / 1000 / times).toFixed(3)} ms of CPU (of ${times})`);
}

for (const features of [5, 50]) {
  const next = numbers(features);
  const event = (moved = 0) => ({
    features: Object.fromEntries(Array.from({ length: features }, (_, i) => [`f${i}`, Math.round((next() + moved) * 1000) / 10])),
    prediction: next() < 0.5 ? 'a' : 'b',
    latency_ms: Math.round(next() * 500) / 10,
  });
  const setUp = [
    post('/v1/learn', { events: 1000 }),
    post('/monitor', Array.from({ length: 1000 }, () => event())),
    post('/monitor', Array.from({ length: 2000 }, () => event(0.1))),
  ];
  const station = new Station('0.1.0', 'bench');
  for (const { method, url, headers, body } of setUp) {
    station.handle({ method, url, headers: Object.entries(headers), body: new TextEncoder().encode(body) }, Date.now());
  }
  within(`module alone: POST /monitor, one event of ${features} features`, station, post('/monitor', event()), 2000);
  within(`module alone: GET /drift of ${features} features`, station, get('/drift'), 500);
  row(`snapshot, ${features} features`, `${station.snapshot().length} bytes`);
  station.free();
  const service = await inWorkerd();
  try {
    for (const request of setUp) await service.send(request);
    await measured('workerd: GET /health (what HTTP itself takes)', service, get('/health'), 2000);
    await measured(`workerd: POST /monitor, one event of ${features} features`, service, post('/monitor', event()), 2000);
    await measured(`workerd: GET /drift of ${features} features`, service, get('/drift'), 500);
  } finally {
    await service.close();
  }
}
