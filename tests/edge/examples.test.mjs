// Each example is started by its command and answers the README's requests.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, program, ROOT } from './runtimes.mjs';
import { EVENT } from './vectors.mjs';

const bin = (name) => join(ROOT, 'node_modules/.bin', name);
const ready = /listening on (http:\S+)/;
const DRIFTLINE_TOKEN = 'choose-one';

const EXAMPLES = {
  node: (folder) => program(process.execPath, ['examples/node/server.mjs'], { env: { PORT: '0', DRIFTLINE_DATA: folder, DRIFTLINE_TOKEN }, ready }),
  deno: (folder) => program(bin('deno'), ['task', '--cwd', 'examples/deno', 'start'], { env: { PORT: '0', DRIFTLINE_DATA: folder, DRIFTLINE_TOKEN }, ready }),
  async workerd(folder) {
    const port = await freePort();
    const args = ['serve', 'config.capnp', `--socket-addr=http=127.0.0.1:${port}`, `--directory-path=state=${folder}`];
    return program(bin('workerd'), args, { cwd: join(ROOT, 'examples/workerd'), env: { DRIFTLINE_TOKEN, DRIFTLINE_SECRET: '' }, address: `http://127.0.0.1:${port}` });
  },
  async wasi(folder) {
    const port = await freePort();
    return program('examples/wasi/run', [String(port)], { env: { DRIFTLINE_DATA: folder, DRIFTLINE_TOKEN }, address: `http://127.0.0.1:${port}` });
  },
};

for (const [name, start] of Object.entries(EXAMPLES)) {
  test(`examples/${name} answers the README's requests, and goes on after a restart`, async () => {
    const folder = await mkdtemp(join(tmpdir(), `driftline-${name}-`));
    let service = await start(folder);
    try {
      const ask = async (method, path, body, token = DRIFTLINE_TOKEN) => {
        const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }) };
        const answer = await fetch(service.url + path, { method, headers, body: body && JSON.stringify(body) });
        const text = await answer.text();
        return { status: answer.status, type: answer.headers.get('content-type'), policy: answer.headers.get('content-security-policy'), text, json: () => JSON.parse(text) };
      };
      assert.equal((await ask('POST', '/v1/learn', { events: 20 }, '')).status, 401);
      assert.equal((await ask('POST', '/v1/learn', { events: 20 })).status, 202);
      for (let i = 0; i < 20; i += 1) {
        const event = { ...EVENT, features: { ...EVENT.features, distance_from_home: i } };
        assert.deepEqual((await ask('POST', '/monitor', event)).json(), { accepted: 1, learnt: 1 });
      }
      assert.deepEqual((await ask('POST', '/monitor', EVENT)).json(), { accepted: 1 });
      const drift = (await ask('GET', '/drift')).json();
      assert.equal(drift.features_monitored, 5);
      assert.equal(drift.severity, 'inconclusive');
      assert.equal((await ask('GET', '/latency')).json().p50_ms, 12.5);
      const alerts = (await ask('GET', '/alerts')).json();
      assert.deepEqual([alerts.mode, alerts.alerts.length], ['dry-run', 5]);
      const metrics = await ask('GET', '/metrics');
      assert.match(metrics.type, /^text\/plain; version=0\.0\.4/);
      assert.match(metrics.text, /^driftline_feature_bin_total\{.*feature="distance_from_home".*\} 1$/m);
      assert.equal(metrics.policy, "default-src 'none'; frame-ancestors 'none'");
      const health = await ask('GET', '/health', undefined, '');
      assert.equal(health.json().status, 'ok');
      assert.equal((await ask('GET', '/nowhere')).status, 404);

      await service.close();
      service = await start(folder);
      const again = (await ask('GET', '/health', undefined, '')).json();
      assert.equal(again.models[0].has_reference, true);
      assert.deepEqual(again.models, health.json().models);
    } finally {
      await service.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
}
