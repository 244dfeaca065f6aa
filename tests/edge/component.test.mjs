// What only the component does by itself: its tokens, its orders.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { inWasi } from './runtimes.mjs';
import { events, get, post } from './vectors.mjs';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const authorization = 'Bearer token';

test('without a token, events and reads alone', async () => {
  const service = await inWasi();
  try {
    const event = post('/monitor', { features: { a: 1 } });
    assert.equal((await service.send(event)).status, 200);
    const refused = await service.send(post('/v1/learn', { events: 10 }));
    assert.equal(refused.status, 403);
    const health = JSON.parse((await service.send(get('/health'))).body);
    assert.deepEqual([health.status, health.models[0].rows], ['degraded', 1]);
    assert.match(health.warnings[0], /in memory alone/);
    assert.equal((await service.send(get('/v1/live'))).status, 406);
    const gzip = { ...event, headers: { ...event.headers, 'content-encoding': 'gzip' } };
    assert.equal((await service.send(gzip)).status, 415);
  } finally {
    await service.close();
  }
});

test('a rollback is sent signed, once, and only where it may go', async () => {
  const got = [];
  const deploy = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    got.push({ url: request.url, headers: request.headers, body });
    response.writeHead(200).end();
  }).listen(0, '127.0.0.1');
  await once(deploy, 'listening');
  const origin = `http://127.0.0.1:${deploy.address().port}`;
  const folder = await mkdtemp(join(tmpdir(), 'driftline-component-'));
  const clock = join(folder, 'clock');
  // Signatures hold for five minutes around now.
  let now = Date.now() - 700_000;
  await writeFile(clock, String(now));
  for (const [permit, sent, told] of [[origin, 1, 'succeeded'], ['https://deploy.example', 0, 'failed']]) {
    const env = { DRIFTLINE_TOKEN: 'token', DRIFTLINE_SECRET: SECRET, DRIFTLINE_PERMIT: permit };
    const service = await inWasi({ clock, env });
    try {
      const ask = async (request) => {
        const answer = await service.send({ ...request, headers: { ...request.headers, authorization } });
        assert.ok(answer.status < 300, answer.body);
        return answer;
      };
      const pass = async (seconds) => {
        for (let i = 0; i < seconds; i += 15) {
          now += 15_000;
          await writeFile(clock, String(now));
          await ask(get('/drift'));
        }
      };
      const put = (url, body) => ask({ ...post(url, body), method: 'PUT' });
      await put('/v1/spec', {
        live: { min_samples: 100 },
        rails: { mode: 'auto', url: `${origin}/{action}/{target_version}`, settle: '1s' },
        rules: [],
        triggers: [{ metric: 'latency_p99', threshold: 0.05, action: 'rollback' }],
      });
      await ask(post('/v1/learn', { events: 200 }));
      const live = events(200, { seed: 4 }).map(({ timestamp, ...event }) => ({ ...event, version: '2' }));
      await ask(post('/monitor', live));
      await put('/v1/target', { version: '1' });
      await pass(60);
      await put('/v1/target', { version: '2' });
      await pass(300);
      for (let round = 0; round < 6; round += 1) {
        await ask(post('/monitor', live));
        await pass(45);
      }
      const rows = JSON.parse((await ask(get('/v1/audit'))).body).rows;
      assert.ok(rows.some(({ decision }) => decision === told), JSON.stringify(rows));
      assert.equal(got.length, sent);
      if (sent) {
        const [{ url, headers, body }] = got.splice(0);
        assert.equal(url, '/rollback/1');
        assert.equal(new Webhook(SECRET).verify(body, headers).action, 'rollback');
      }
    } finally {
      await service.close();
    }
    now = Date.now() - 700_000;
    await writeFile(clock, String(now));
  }
  deploy.close();
  await rm(folder, { recursive: true, force: true });
});
