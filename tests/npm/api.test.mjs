// What the package promises, in Node.js, on the package as it was built.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  checkSpec, compare, createPool, DriftlineError, init, Monitor, Reference, replay, Window,
} from '../../npm/dist/node.js';
import { compute } from '../../npm/dist/modules.js';
import { ROOT } from './package.mjs';

const rows = (shift, many = 400) => `amount,channel\n${Array.from({ length: many }, (_, i) => `${((i * 37) % 101) + shift},${['web', 'app', 'pos'][i % 3]}`).join('\n')}\n`;
const file = (path) => pathToFileURL(join(ROOT, path));
const utf8 = new TextEncoder();
const base = { baseline: rows(0), now: 0, baselineName: 'b.csv', currentName: 'c.csv' };

const streamed = (text, size) => new ReadableStream({
  start(controller) {
    const bytes = utf8.encode(text);
    for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.subarray(at, at + size));
    controller.close();
  },
});

test('whatever holds the bytes, the report is the same', async () => {
  const text = rows(60);
  const bytes = utf8.encode(text);
  const { json } = await compare({ ...base, current: text });
  async function* iterated() {
    yield text.slice(0, 1001);
    yield utf8.encode(text.slice(1001));
  }
  const sources = {
    Uint8Array: bytes,
    ArrayBuffer: bytes.buffer.slice(0),
    DataView: new DataView(bytes.buffer),
    Blob: new Blob([text]),
    File: new File([text], 'other.csv'),
    Response: new Response(text),
    ReadableStream: streamed(text, 13),
    'async iterable': iterated(),
    URL: new URL(`data:text/csv,${encodeURIComponent(text)}`),
  };
  for (const [name, current] of Object.entries(sources)) {
    assert.equal((await compare({ ...base, current })).json, json, name);
  }
  assert.equal(JSON.parse(json).severity, 'critical');
  const { report } = await compare({ baseline: file('web/samples/transactions/baseline.csv'), current: new File([text], 'named.csv') });
  assert.deepEqual([report.baseline.source, report.current.source], ['baseline.csv', 'named.csv']);
});

test('an error says where, and what was found', async () => {
  const failure = async (options) => {
    try {
      await compare({ ...base, current: rows(0), ...options });
    } catch (error) {
      assert.ok(error instanceof DriftlineError && error instanceof Error, String(error));
      return error;
    }
    return assert.fail('expected an error');
  };
  const spec = await failure({ spec: { bins: 7, rails: { max_rollbacks: 0 } } });
  assert.deepEqual([spec.code, spec.place, spec.problems.map(({ where }) => where)], ['spec', 'bins', ['bins', 'rails.max_rollbacks']]);
  const unknown = await failure({ spec: { colour: 'red' } });
  assert.deepEqual([unknown.code, unknown.place], ['spec', 'spec']);
  assert.match(unknown.message, /unknown field `colour`/);
  const read = await failure({ current: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0]) });
  assert.deepEqual([read.code, read.file, read.message.slice(0, 29)], ['read', 'c.csv', 'c.csv: this is a PNG image; s']);
  const { report } = await compare({ ...base, current: 'amount,channel\n1,"web\n' });
  assert.match(report.problems[0].where, /^c\.csv, row 2/);
  const absent = await failure({ current: file('no/such/file.csv'), currentName: undefined });
  assert.deepEqual([absent.code, absent.file], ['read', 'file.csv']);
  const refused = await failure({ current: new Response('no', { status: 404, statusText: 'Not Found' }) });
  assert.match(refused.message, /expected a file, found 404 Not Found/);
  for (const wrong of [undefined, null, 7, {}]) assert.equal((await failure({ current: wrong })).place, 'current');
  assert.equal((await failure({ now: 'yesterday' })).place, 'now');
  const once = await failure({ baseline: streamed(rows(0), 100), spec: { segments: { by: ['channel'] } } });
  assert.match(once.message, /^b\.csv: this spec .* reads it twice/);
  assert.deepEqual(await checkSpec({ bins: 20 }), []);
  assert.deepEqual((await checkSpec({ bins: 7 })).map(({ where }) => where), ['bins']);
});

test('what aborts a comparison is what it throws, and a stream is let go of', async () => {
  await assert.rejects(compare({ ...base, current: rows(0), signal: AbortSignal.abort(new Error('no')) }), /^Error: no$/);
  const controller = new AbortController();
  let isCancelled = false;
  const endless = new ReadableStream({
    pull(stream) { stream.enqueue(utf8.encode('1,web\n'.repeat(1000))); },
    cancel() { isCancelled = true; },
  });
  const comparing = compare({ ...base, baseline: endless, current: rows(0), signal: controller.signal, onProgress: ({ rows: read }) => { if (read > 5000) controller.abort(); } });
  await assert.rejects(comparing, { name: 'AbortError' });
  assert.ok(isCancelled);
  const broken = new ReadableStream({ pull() { throw new RangeError('the disk is gone'); } });
  await assert.rejects(compare({ ...base, current: broken }), { name: 'RangeError', message: 'the disk is gone' });
});

test('progress counts bytes and rows', async () => {
  const told = [];
  const large = utf8.encode(rows(0, 2_000_000));
  await compare({ ...base, current: large, onProgress: (progress) => told.push(progress) });
  const last = told.at(-1);
  assert.equal(last.source, 'c.csv');
  assert.ok(last.bytes > large.length / 2 && last.rows > 0, JSON.stringify(last));
  assert.ok(told.every(({ bytes }, at) => at === 0 || bytes >= told[at - 1].bytes));
  assert.equal(told[0].totalBytes, undefined, 'a text has no size in bytes');
});

test('memory does not grow with a file', async () => {
  await init();
  const chunk = utf8.encode(rows(0, 40_000).slice('amount,channel\n'.length));
  async function* long(chunks) {
    yield 'amount,channel\n';
    for (let at = 0; at < chunks; at += 1) yield chunk;
  }
  // Nothing is kept one by one: the rest is counts.
  const spec = { budget_bytes: 1 << 20 };
  await compare({ ...base, current: long(10), spec });
  const memory = (await compute.memory()).byteLength;
  const { report } = await compare({ ...base, current: long(100), spec });
  assert.equal(report.current.rows, 4_000_000);
  assert.equal((await compute.memory()).byteLength, memory, 'ten times the rows, the same memory');
});

test('windows merge to the bytes of the whole, in any order and over any wire', async () => {
  const reference = await Reference.from(rows(0), { name: 'b.csv' });
  assert.deepEqual([reference.rows, reference.source, reference.columns[0]], [400, 'b.csv', { name: 'amount', kind: 'numeric', role: 'feature' }]);
  const again = await Reference.decode(reference.encode());
  assert.equal(again.id, reference.id);
  const lines = rows(60).trim().split('\n');
  const part = (from, to) => again.count([lines[0], ...lines.slice(from, to)].join('\n'));
  const [a, b, whole] = await Promise.all([part(1, 100), part(100), part(1)]);
  const sent = await Window.decode(a.encode(), reference);
  assert.deepEqual(b.merge(sent).encode(), whole.encode());
  const { report } = reference.compare(b, { now: 0 });
  assert.deepEqual([report.severity, report.current.rows], ['critical', 400]);
  const stored = await compare({ ...base, baseline: reference, baselineName: undefined, current: rows(60) });
  assert.deepEqual([stored.report.reference_id, stored.report.baseline.source], [reference.id, 'b.csv']);
  const other = await Reference.from(rows(1));
  assert.throws(() => other.compare(whole), { code: 'argument', place: 'window' });
  await assert.rejects(Window.decode(a.encode(), other), { code: 'stored' });
  await assert.rejects(Reference.decode(new Uint8Array(40)), { code: 'stored' });
  reference.free();
  assert.throws(() => reference.rows, { code: 'argument', message: /freed/ });
  reference.free();
});

test('a replay is another policy over the same windows', async () => {
  const spec = { window: '50 rows', live: { min_samples: 20 }, rails: { on_inputs_alone: true } };
  const comparison = await compare({ ...base, current: rows(60), spec });
  assert.equal(comparison.report.windows.length, 8);
  const quiet = await replay(comparison, { spec: { ...spec, rules: [], triggers: [] } });
  assert.ok(!quiet.report.alerts && comparison.report.alerts.length >= 5);
  assert.equal((await replay(comparison.report, { spec })).json, comparison.json);
  await assert.rejects(replay(await compare({ ...base, current: rows(1) })), { place: 'report' });
  assert.match(await comparison.html(), /^<!doctype html>/);
});

/** Rows that drift, for some minutes; what came of it. */
function run(monitor, from, minutes) {
  const told = { transitions: [], effects: [] };
  for (let second = from; second < from + minutes * 60; second += 15) {
    const now = second * 1000;
    monitor.observe(Array.from({ length: 100 }, (_, i) => ({ features: { amount: 300 + i, channel: 'web' }, prediction: i % 2 ? 'a' : 'b', latency_ms: 900, version: 'v2' })), { now });
    const { transitions, effects } = monitor.tick(now + 15_000);
    told.transitions.push(...transitions);
    told.effects.push(...effects);
  }
  return told;
}

test('a monitor alerts, rolls back once, and goes on where it was left', async () => {
  const reference = await Reference.from(rows(0));
  const spec = {
    rails: { mode: 'auto', url: 'https://example.org/roll-back', on_inputs_alone: true },
    triggers: [{ metric: 'psi_score', threshold: 0.5, action: 'rollback' }],
  };
  const monitor = await Monitor.create({ reference, spec, now: 0 });
  assert.equal(monitor.everyMillis, 15_000);
  assert.equal(monitor.report(0), undefined);
  assert.equal(monitor.drift(0).severity, 'inconclusive');
  monitor.serving('v1', { now: 0 });
  monitor.serving('v2', { now: 1000 });
  assert.deepEqual(monitor.observe({ features: { amount: 3 } }, { now: 2000 }), { accepted: 1 });
  const first = run(monitor, 60, 5);
  const snapshot = monitor.snapshot();
  const restored = await Monitor.restore(snapshot);
  assert.deepEqual(restored.snapshot(), snapshot);
  const [on, after] = [run(monitor, 360, 20), run(restored, 360, 20)];
  assert.deepEqual(on, after, 'a restored monitor does as the other');
  const fired = [...first.transitions, ...on.transitions].filter(({ what, to }) => what === 'CriticalDataDrift' && to === 'firing');
  assert.equal(fired.length, 1);
  assert.equal([...first.effects, ...on.effects].filter((effect) => effect.request ?? effect.line).length, 1, JSON.stringify(on.effects));
  const { report } = monitor.report(1_600_000);
  assert.equal(report.severity, 'critical');
  assert.ok(monitor.alerts(1_600_000).firing >= 1);
  assert.throws(() => monitor.observe([{ features: 3 }]), { code: 'invalid', place: '/0/features' });
  assert.throws(() => monitor.observe([{ features: {}, model: 'another' }]), { code: 'argument', place: 'model' });
  assert.throws(() => monitor.killSwitch(true, 7), { code: 'invalid' });
  monitor.free();
  assert.throws(() => monitor.tick(), { message: /freed/ });
});

test('a thousand made and freed leave nothing behind', async () => {
  const text = rows(0);
  const cycle = async () => {
    const reference = await Reference.from(text);
    const window = await reference.count(text);
    const monitor = await Monitor.create({ reference, now: 0 });
    monitor.observe({ features: { amount: 3 } }, { now: 1000 });
    for (const each of [window, reference, monitor]) each.free();
  };
  for (let at = 0; at < 50; at += 1) await cycle();
  const before = (await compute.memory()).byteLength;
  for (let at = 0; at < 1000; at += 1) await cycle();
  assert.equal((await compute.memory()).byteLength, before);
});

test('a pool compares off the main thread, tells progress, cancels, and outlives what fails', async () => {
  const pool = await createPool({ workers: 2 });
  const large = utf8.encode(rows(60, 500_000));
  const { json } = await compare({ ...base, current: rows(60) });
  const told = [];
  const controller = new AbortController();
  const [ok, stream, failed, aborted] = await Promise.allSettled([
    pool.compare({ ...base, current: rows(60) }),
    pool.compare({ ...base, current: streamed(rows(60), 1000), onProgress: (progress) => told.push(progress) }),
    pool.compare({ ...base, current: '' }),
    pool.compare({ ...base, current: large, signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) }),
  ]);
  assert.equal(ok.value?.json, json, ok.reason);
  assert.equal(stream.value?.json, json, stream.reason);
  assert.ok(told.length > 0);
  assert.ok(failed.reason instanceof DriftlineError);
  assert.deepEqual([failed.reason.code, failed.reason.file], ['read', 'c.csv']);
  assert.equal(aborted.reason?.message, 'enough');
  assert.equal((await pool.compare({ ...base, current: rows(60) })).json, json, 'after an abort');
  const ended = pool.compare({ ...base, current: large });
  pool.free();
  await assert.rejects(ended, { place: 'pool' });
  await assert.rejects(pool.compare({ ...base, current: rows(0) }), { place: 'pool' });
});

test('the module is loaded once, from wherever it is said to be', async () => {
  const bytes = readFileSync(join(ROOT, 'npm/dist/driftline.wasm'));
  await init();
  await assert.rejects(init({ wasm: bytes }), { place: 'init' });
  const module = await WebAssembly.compile(bytes);
  const began = performance.now();
  const fresh = await import('../../npm/dist/driftline_glue.js?again');
  fresh.initSync({ module });
  console.log(`# instantiated in ${(performance.now() - began).toFixed(1)} ms`);
});
