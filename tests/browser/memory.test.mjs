// Two hundred loads one after the other: what the page and its workers hold does not grow with them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, start, trySample } from './browser.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.close());

const LOADS = 200;
/** By then whatever is kept once is there: caches, tables of strings, wasm memory as large as one load needs. */
const SETTLED = 50;

/** What the page and each worker hold: bytes of JavaScript's heap, bytes of wasm memories; and the document's nodes and listeners. */
async function held(clients) {
  const found = {};
  for (const [name, send] of Object.entries(clients)) {
    await send('HeapProfiler.collectGarbage');
    found[`${name}: heap`] = (await send('Runtime.getHeapUsage')).usedSize;
    const { result: { objectId: prototypeObjectId } } = await send('Runtime.evaluate', { expression: 'WebAssembly.Memory.prototype' });
    const { objects: { objectId } } = await send('Runtime.queryObjects', { prototypeObjectId });
    const { result: { value } } = await send('Runtime.callFunctionOn', { objectId, returnByValue: true, functionDeclaration: 'function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0); }' });
    assert(value > 0, `${name} has no wasm memory`);
    found[`${name}: wasm`] = value;
    await send('Runtime.releaseObject', { objectId });
  }
  const { metrics } = await clients.page('Performance.getMetrics');
  for (const name of ['Nodes', 'JSEventListeners']) found[name] = metrics.find((metric) => metric.name === name).value;
  return found;
}

/** How much more than before is no growth: what a collector leaves lying about. */
const SLACK = { heap: 400_000, wasm: 0, Nodes: 60, JSEventListeners: 10 };

/** A way to ask the page's process and each worker's, by name. */
async function asked(page) {
  const client = await page.context().newCDPSession(page);
  await client.send('Performance.enable');
  const clients = { page: (method, parameters) => client.send(method, parameters) };
  const waiting = new Map();
  let id = 0;
  client.on('Target.attachedToTarget', ({ sessionId, targetInfo: { type } }) => {
    if (type !== 'worker') return;
    clients[`worker ${Object.keys(clients).length}`] = (method, params) => new Promise((done, failed) => {
      id += 1;
      waiting.set(id, { done, failed });
      client.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) }).catch(failed);
    });
  });
  client.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id: answered, result, error } = JSON.parse(message);
    if (error) waiting.get(answered)?.failed(new Error(error.message));
    else waiting.get(answered)?.done(result);
  });
  await client.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  return clients;
}

/** Loads pair after pair of small files that all differ, dropped as a person would, and waits for each verdict. */
const load = (page, from, to) => page.evaluate(async ([first, end]) => {
  const rows = (shift) => Array.from({ length: 400 }, (_, i) => `${((i * 7919) % 211) + shift},${'abcdefg'[i % 7]}${shift % 5}`);
  const file = (name, shift) => new File([`n,level\n${rows(shift).join('\n')}\n`], name);
  for (let i = first; i < end; i += 1) {
    const files = new DataTransfer();
    files.items.add(file(`current-${i}.csv`, i));
    files.items.add(file(`baseline-${i}.csv`, i % 3));
    document.querySelector('.foot').dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
    const limit = performance.now() + 20_000;
    while (!document.querySelector('.tray .samples') || !document.querySelector('.verdict').innerText.includes(`current-${i}.csv`)) {
      if (performance.now() > limit) throw new Error(`load ${i} did not end`);
      await new Promise((done) => { setTimeout(done, 4); });
    }
  }
}, [from, to]);

test(`memory does not grow over ${LOADS} loads`, async () => {
  const page = await open(site, { reducedMotion: 'reduce' });
  await trySample(page, 'bike_sharing');
  const clients = await asked(page);
  await load(page, 0, SETTLED);
  const before = await held(clients);
  await load(page, SETTLED, LOADS);
  const after = await held(clients);
  console.log(JSON.stringify({ [SETTLED]: before, [LOADS]: after }));
  assert.equal(Object.keys(clients).length, 3, 'the page and two workers are measured');
  for (const [what, value] of Object.entries(after)) {
    const slack = SLACK[what.split(': ').pop()];
    assert(value <= before[what] + slack, `${what}: ${before[what]} after ${SETTLED} loads, ${value} after ${LOADS}`);
  }
  await page.done();
});
