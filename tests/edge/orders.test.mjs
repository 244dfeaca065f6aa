// Rollbacks from the edge: signed, repeated, never to the inside, and dry runs until the spec says otherwise.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { memoryStorage } from '../../npm/dist/edge.js';
import { inNode } from './runtimes.mjs';
import { events, get, INSTANT, post } from './vectors.mjs';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
// Signatures hold for five minutes around now.
const START = Date.now();

/** A receiver that answers with these statuses in turn, the last one again and again. */
async function receiver(...statuses) {
  const got = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    got.push({ method: request.method, url: request.url, headers: request.headers, body });
    response.writeHead(statuses[Math.min(got.length, statuses.length) - 1], { 'retry-after': '7' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { got, origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** A service at a clock that tests move, under a policy that rolls back when answers are slow. */
async function watched(url, options = {}, rails = { mode: 'auto' }) {
  const clock = { now: START - 700_000 };
  const spec = {
    live: { min_samples: 100 },
    rails: { url, settle: '1s', target: 'fraud', headers: { 'X-Team': 'risk' }, ...rails },
    rules: [],
    triggers: [{ metric: 'latency_p99', threshold: 0.05, action: 'rollback' }],
  };
  const told = [];
  const service = inNode({ storage: memoryStorage(), spec, secrets: SECRET, now: () => clock.now, onEvent: (event) => told.push(event), ...options });
  const put = (version) => service.send({ ...post('/v1/target', { version }), method: 'PUT' });
  await service.send(post('/v1/learn', { events: 200 }));
  const live = (count) => events(count, { seed: 4 }).map(({ timestamp, ...event }) => ({ ...event, version: '2' }));
  await service.send(post('/monitor', live(200)));
  await put('1');
  await service.handler.tick();
  clock.now += 60_000;
  await put('2');
  const pass = async (seconds) => {
    for (let i = 0; i < seconds; i += 15) {
      clock.now += 15_000;
      await service.handler.tick();
    }
  };
  await pass(300);
  for (let round = 0; round < 7; round += 1) {
    assert.equal((await service.send(post('/monitor', live(200)))).status, 200);
    await pass(45);
  }
  const audit = async () => JSON.parse((await service.send(get('/v1/audit'))).body).rows.map(({ decision }) => decision);
  return { ...service, clock, told, pass, audit };
}

test('a rollback is sent once, signed as Standard Webhooks says, and the engine is told', async () => {
  const deploy = await receiver(200);
  const service = await watched(`${deploy.origin}/{action}/{target}/{target_version}`, { permit: [deploy.origin] });
  assert.equal(deploy.got.length, 1);
  const [{ method, url, headers, body }] = deploy.got;
  assert.deepEqual([method, url, headers['x-team'], headers['content-type']], ['POST', '/rollback/fraud/1', 'risk', 'application/json']);
  const order = new Webhook(SECRET).verify(body, headers);
  assert.equal(order.action, 'rollback');
  assert.equal(order.target_version, '1');
  assert.equal(headers['webhook-id'], order.idempotency_key);
  assert.throws(() => new Webhook(SECRET).verify(body.replace('rollback', 'nothing'), headers));
  assert.deepEqual((await service.audit()).filter((decision) => ['acted', 'succeeded'].includes(decision)), ['acted', 'succeeded']);
  await service.close();
  deploy.close();
});

test('an order that nobody takes is tried again under the same id, after as long as the receiver asks', async () => {
  const deploy = await receiver(503, 200);
  const service = await watched(deploy.origin, { permit: [deploy.origin] });
  const attempts = service.told.filter(({ kind }) => kind === 'attempt').map(({ outcome, status }) => [outcome, status]);
  assert.deepEqual(attempts, [['failed', 503], ['accepted', 200]]);
  assert.equal(deploy.got[0].headers['webhook-id'], deploy.got[1].headers['webhook-id']);
  assert.ok((await service.audit()).includes('succeeded'));
  await service.close();
  deploy.close();
});

test('nothing is sent to the inside, nor a secret to another origin, and that is told', async () => {
  const deploy = await receiver(200);
  for (const [url, rails, why] of [
    [deploy.origin, {}, /expected https/],
    ['https://127.0.0.1/x', {}, /expected a public name/],
    ['https://[::1]/x', {}, /expected a public name/],
    ['https://metadata.internal/x', {}, /expected a public name/],
    ['https://deploy.example/x', { headers: { Authorization: 'Bearer {secret:k8s}' } }, /there is no secret k8s for https:\/\/deploy\.example/],
  ]) {
    const sent = [];
    const service = await watched(url, { headerSecrets: { k8s: { value: 'x', origin: 'https://other.example' } }, fetch: async (address) => { sent.push(address); return new Response(); } }, { mode: 'auto', ...rails });
    const refused = service.told.find(({ kind }) => kind === 'attempt');
    assert.equal(refused?.outcome, 'refused', url);
    assert.match(refused.why, why);
    assert.deepEqual(sent, []);
    assert.ok((await service.audit()).includes('failed'));
    await service.close();
  }
  deploy.close();
});

test('without a mode rollbacks are dry runs', async () => {
  const deploy = await receiver(200);
  const service = await watched(deploy.origin, { permit: [deploy.origin] }, {});
  assert.equal(deploy.got.length, 0);
  assert.ok((await service.audit()).includes('acted_on_paper'));
  await service.close();
  deploy.close();
});

test('who may do what is asked before a body is read', async () => {
  const asked = [];
  const authorize = (request, scope) => {
    asked.push(scope);
    const token = request.headers.get('authorization');
    if (token === 'Bearer all') return { name: 'ada', models: ['default'] };
    return token ? null : undefined;
  };
  const service = inNode({ authorize, now: () => Date.parse(INSTANT), maxBody: 500 });
  const kill = (headers) => service.send(post('/v1/triggers/kill-switch', { on: true, by: 'eve' }, headers));
  assert.equal((await kill({})).status, 401);
  assert.equal((await kill({ authorization: 'Bearer few' })).status, 403);
  assert.equal((await service.send(get('/health'))).status, 200);
  const event = (model, headers) => service.send(post('/monitor', { features: { a: 1 }, model }, { authorization: 'Bearer all', ...headers }));
  assert.equal((await event('default', {})).status, 200);
  // Whoever asks is what the host says, not what a client does.
  assert.equal((await event('other', { 'driftline-models': 'other', 'driftline-actor': 'root' })).status, 403);
  assert.equal((await service.send(post('/monitor', 'x'.repeat(501), { authorization: 'Bearer all' }))).status, 413);
  assert.deepEqual(asked.slice(0, 2), ['admin', 'admin']);
  await service.close();
  // Where nobody says who may, nobody changes what is watched.
  const open = inNode({ authorize: undefined });
  assert.equal((await open.send(post('/monitor', { features: { a: 1 } }))).status, 200);
  const refused = await open.send(post('/v1/learn', { events: 5 }));
  assert.equal(refused.status, 403);
  assert.match(refused.body, /createFetchHandler\(\{ authorize \}\)/);
  await open.close();
});
