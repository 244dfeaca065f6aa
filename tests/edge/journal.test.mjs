// What is kept, and that a restart at any point changes nothing.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { memoryStorage } from '../../npm/dist/edge.js';
import { folderStorage } from '../../npm/dist/folder_storage.js';
import { inNode, nativeAnswers, program } from './runtimes.mjs';
import { EVENT, events, get, post, VECTORS } from './vectors.mjs';

async function withFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), 'driftline-edge-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A storage that counts what it takes, and can be told to fail. */
function watched(storage) {
  const watch = { puts: 0, fails: false, largest: 0 };
  return [watch, {
    ...storage,
    async put(key, value) {
      if (watch.fails) throw new Error('the disk is gone');
      watch.puts += 1;
      watch.largest = Math.max(watch.largest, value.length ?? 0);
      await storage.put(key, value);
    },
  }];
}

for (const [name, journal] of [['entries', {}], ['many checkpoints', { checkpointEntries: 2 }], ['a checkpoint each time', { checkpointEntries: 0 }]]) {
  test(`a service that is started anew before each request answers the same, from ${name}`, () => withFolder(async (folder) => {
    const expected = nativeAnswers(VECTORS);
    for (const [i, vector] of VECTORS.entries()) {
      const service = inNode({ storage: folderStorage(folder), journal });
      const { status, body } = await service.send(vector);
      assert.deepEqual({ status, body }, expected[i], `${i}: ${vector.method} ${vector.url}`);
      await service.close();
    }
  }));
}

test('a write that fails is no event, and the next one counts', async () => {
  const [watch, storage] = watched(memoryStorage());
  const service = inNode({ storage });
  assert.equal((await service.send(post('/monitor', EVENT))).status, 200);
  watch.fails = true;
  const refused = await service.send(post('/monitor', EVENT));
  assert.equal(refused.status, 503);
  assert.doesNotMatch(refused.body, /disk/, 'what lies behind is not told');
  watch.fails = false;
  assert.equal((await service.send(post('/monitor', EVENT))).status, 200);
  const health = JSON.parse((await service.send(get('/health'))).body);
  assert.equal(health.models[0].rows, 2);
  // And after a restart.
  await service.close();
  const again = inNode({ storage });
  assert.equal(JSON.parse((await again.send(get('/health'))).body).models[0].rows, 2);
  await again.close();
});

test('requests at the same time share a write, and no value is larger than a Durable Object takes', async () => {
  const [watch, storage] = watched(memoryStorage());
  const service = inNode({ storage });
  await service.send(get('/health'));
  const before = watch.puts;
  const answers = await Promise.all(Array.from({ length: 200 }, () => service.send(post('/monitor', EVENT))));
  assert.equal(answers.every(({ status }) => status === 200), true);
  assert.ok(watch.puts - before < 200, `${watch.puts - before} writes for 200 requests`);
  // Larger than a value may be: it goes into a snapshot in parts.
  const large = events(3000, { seed: 5 }).map((event) => ({ ...event, id: `${'x'.repeat(60)}` }));
  assert.equal((await service.send(post('/monitor', large))).status, 200);
  assert.ok(watch.largest <= 128 << 10, `${watch.largest} bytes in one value`);
  const rows = async (one) => JSON.parse((await one.send(get('/health'))).body).models[0].rows;
  const expected = await rows(service);
  await service.close();
  const again = inNode({ storage });
  assert.equal(await rows(again), expected);
  await again.close();
});

test('kill -9 of the example loses nothing that was answered', () => withFolder(async (folder) => {
  const run = () => program(process.execPath, ['examples/node/server.mjs'], { env: { PORT: '0', DRIFTLINE_DATA: folder }, ready: /listening on (http:\S+)/ });
  let service = await run();
  for (let i = 0; i < 25; i += 1) {
    const { status } = await service.send(post('/monitor', EVENT, { 'idempotency-key': `k${i}` }));
    assert.equal(status, 200);
  }
  await service.close('SIGKILL');
  service = await run();
  const replayed = await service.send(post('/monitor', EVENT, { 'idempotency-key': 'k24' }));
  assert.equal(replayed.headers.get('idempotency-replayed'), 'true');
  const health = JSON.parse((await service.send(get('/health'))).body);
  assert.equal(health.models[0].rows, 25);
  await service.close();
}));
