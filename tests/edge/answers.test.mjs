// One set of requests, the same bytes from every runtime.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inDeno, inNode, inWasi, inWorkerd, nativeAnswers } from './runtimes.mjs';
import { INSTANT, REPLICA, VECTORS } from './vectors.mjs';

const expected = nativeAnswers(VECTORS);
const TOKEN = 'token';
const authorization = `Bearer ${TOKEN}`;

/** The component under jco, one instance for all requests, or one for each. */
const wasi = (args) => () => withFolder((folder) => inWasi({
  instant: INSTANT, args, env: { DRIFTLINE_TOKEN: TOKEN, DRIFTLINE_REPLICA: REPLICA, DRIFTLINE_DATA: folder },
}));

async function withFolder(start) {
  const folder = await mkdtemp(join(tmpdir(), 'driftline-wasi-'));
  const runtime = await start(folder);
  return { ...runtime, close: async () => { await runtime.close(); await rm(folder, { recursive: true, force: true }); } };
}

test('natively, the vectors say something', () => {
  const at = (method, url, nth = 0) => expected[VECTORS.map((v, i) => [v, i]).filter(([v]) => v.method === method && v.url === url)[nth][1]];
  const drift = JSON.parse(at('GET', '/drift', 1).body);
  assert.equal(drift.drift_detected, true);
  assert.deepEqual(drift.drifted_features, ['distance_from_home']);
  assert.equal(drift.features_monitored, 5);
  assert.equal(JSON.parse(at('GET', '/latency').body).count > 500, true);
  assert.match(at('GET', '/metrics').body, /^driftline_feature_bin_total\{/m);
  assert.equal(at('POST', '/monitor', 3).status, 422);
  assert.equal(at('GET', '/v1/live').status, 406);
});

for (const [name, start] of Object.entries({
  Node: inNode, Deno: inDeno, workerd: inWorkerd,
  'a component in one instance': wasi([]), 'a component in an instance for each request': wasi(['--isolate-requests', 'instance']),
})) {
  test(`${name} answers with the bytes of the native build`, async () => {
    const runtime = await start();
    try {
      for (const [i, vector] of VECTORS.entries()) {
        const { status, body } = await runtime.send({ ...vector, headers: { ...vector.headers, authorization } });
        assert.deepEqual({ status, body }, expected[i], `${i}: ${vector.method} ${vector.url}`);
      }
      const head = await runtime.send({ method: 'HEAD', url: '/drift', headers: { authorization } });
      assert.equal(head.status, 200);
      assert.equal(head.body, '');
    } finally {
      await runtime.close();
    }
  });
}
