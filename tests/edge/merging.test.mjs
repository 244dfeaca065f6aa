// Many isolates feed one server by integer addition: it says what one says that was sent everything.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { memoryStorage } from '../../npm/dist/edge.js';
import { freePort, inNode, program, SERVER } from './runtimes.mjs';
import { events, get, post } from './vectors.mjs';

/** Events at this very time, as a CSV file has them. */
const csv = (rows) => {
  const names = Object.keys(rows[0].features);
  const line = ({ features, prediction, probability, latency_ms }) => [...names.map((name) => features[name]), prediction, probability, latency_ms].join(',');
  return `${[...names, 'prediction', 'probability', 'latency_ms'].join(',')}\n${rows.map(line).join('\n')}\n`;
};

test('bundles of isolates add up on a real server, in any order and twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'driftline-merge-'));
  const running = [];
  const at = (name) => join(folder, name);
  try {
    await writeFile(at('baseline.csv'), csv(events(2000, { seed: 11 })));
    execFileSync(SERVER, ['profile', at('baseline.csv'), '-o', at('baseline.driftline')]);
    const serve = async (name) => {
      const port = await freePort();
      const args = ['serve', '--listen', `127.0.0.1:${port}`, '--baseline', at('baseline.driftline'), '--data', at(name)];
      const server = await program(SERVER, args, { address: `http://127.0.0.1:${port}` });
      running.push(server);
      return server;
    };
    const [merged, single] = await Promise.all([serve('merged'), serve('single')]);
    const reference = await readFile(at('baseline.driftline'));
    // In a pane that has ended: where it ends does not depend on when somebody asks.
    const now = new Date(Date.now() - 20_000).toISOString();
    const isolates = [];
    for (let i = 0; i < 5; i += 1) {
      const isolate = inNode({ replica: `isolate-${i}`, storage: memoryStorage(), now: Date.now });
      running.push(isolate);
      const put = await isolate.send({ method: 'POST', url: '/v1/references', headers: { 'content-type': 'application/octet-stream' }, body: reference });
      assert.equal(put.status, 201, put.body);
      const sent = events(150 + 60 * i, { seed: 20 + i, moved: 12 * i, version: '3' }).map((event) => ({ ...event, timestamp: now }));
      assert.equal((await isolate.send(post('/monitor', sent))).status, 200);
      assert.equal((await single.send(post('/monitor', sent))).status, 200);
      isolates.push(isolate);
    }
    for (const i of [3, 0, 4, 3, 1, 2]) {
      const answer = await isolates[i].handler.push(merged.url);
      assert.deepEqual([answer.replica, answer.taken], [`isolate-${i}`, true]);
    }
    const ask = async (path) => {
      const answers = await Promise.all([merged, single].map((one) => one.send(get(path))));
      return answers.map(({ body }) => {
        const { timestamp, ...answer } = JSON.parse(body);
        assert.ok(timestamp, body);
        return answer;
      });
    };
    const [drift, expected] = await ask('/drift');
    assert.equal(expected.window.rows, 5 * 150 + 60 * 10);
    assert.deepEqual(expected.drifted_features, ['distance_from_home']);
    assert.deepEqual(drift, expected);
    const [latency, wanted] = await ask('/latency');
    assert.equal(wanted.count, 1350);
    assert.deepEqual(latency, wanted);

    // An earlier bundle that comes late changes nothing, and one of another reference is refused.
    const early = await isolates[0].handler.bundle();
    await isolates[0].send(post('/monitor', events(10, { seed: 40, version: '3' }).map((event) => ({ ...event, timestamp: now }))));
    assert.equal((await isolates[0].handler.push(merged.url)).taken, true);
    const late = await merged.send({ method: 'POST', url: '/v1/state', headers: { 'content-type': 'application/octet-stream' }, body: early });
    assert.equal(JSON.parse(late.body).taken, false);
    assert.equal((await ask('/latency'))[0].count, 1360);
    const other = inNode({ replica: 'other', storage: memoryStorage(), now: Date.now });
    running.push(other);
    await other.send(post('/monitor', { features: { a: 1 } }));
    await assert.rejects(other.handler.push(merged.url), /answered 409: .*expected rows counted on reference/);
  } finally {
    await Promise.all(running.map((one) => one.close()));
    await rm(folder, { recursive: true, force: true });
  }
});
