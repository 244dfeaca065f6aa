// The runtimes, each behind the same `send(request) → { status, headers, body }`.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createFetchHandler, memoryStorage } from '../../npm/dist/edge.js';
import { INSTANT, REPLICA } from './vectors.mjs';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
const BIN = join(ROOT, 'node_modules/.bin');
export const SERVER = process.env.DRIFTLINE_BIN ?? join(TARGET, 'debug/driftline');

/** A port that nobody had a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A program that answers at an address; `close()` ends it and what it has started. */
export async function program(command, args, { cwd = ROOT, env = {}, address, ready } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  let found = address;
  const heard = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        const told = ready?.exec(line)?.[1];
        if (told) resolve(found = told);
      });
    }
  });
  const ended = once(child, 'exit');
  const close = async (signal = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid, signal);
    const late = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 5000);
    await ended;
    clearTimeout(late);
  };
  const failed = ended.then(([code]) => { throw new Error(`${command} ended with ${code}:\n${said.join('\n')}`); });
  failed.catch(() => {});
  const deadline = Date.now() + 30_000;
  if (ready) {
    const late = setTimeout(() => close('SIGKILL'), 30_000);
    await Promise.race([heard, failed]);
    clearTimeout(late);
  } else {
    for (;;) {
      const answer = await Promise.race([fetch(`${found}/health`).catch(() => undefined), failed]);
      if (answer?.ok) break;
      if (Date.now() > deadline) {
        await close('SIGKILL');
        throw new Error(`${command} does not answer:\n${said.join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return { url: found, pid: child.pid, send: over(found), close, said };
}

/** Requests by HTTP to a base address. */
export const over = (base) => async ({ method, url, headers, body }) => {
  const answer = await fetch(base + url, { method, headers, body });
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
};

/** What the API's own crate answers, natively, to all of them. */
export function nativeAnswers(requests) {
  const path = join(TARGET, 'debug/examples/resident');
  if (!existsSync(path)) throw new Error(`${path} is missing: cargo build -p driftline-api --example resident`);
  const input = requests.map((request) => JSON.stringify(request)).join('\n');
  const { status, stdout, stderr } = spawnSync(path, [INSTANT], { input, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim().split('\n').map((line) => JSON.parse(line));
}

/** The handler in this process. */
export function inNode(options = {}) {
  const handler = createFetchHandler({
    storage: memoryStorage(), replica: REPLICA, now: () => Date.parse(INSTANT), authorize: () => ({}), ...options,
  });
  const send = async ({ method, url, headers, body }) => {
    const answer = await handler(new Request(`http://edge.test${url}`, { method, headers, body }));
    return { status: answer.status, headers: answer.headers, body: await answer.text() };
  };
  return { handler, send, close: async () => handler.free() };
}

export const inDeno = () => program(join(BIN, 'deno'), ['run', '--no-prompt', '--allow-net=127.0.0.1', '--allow-read', 'tests/edge/fixed/deno.js', INSTANT, REPLICA], { ready: /listening on (http:\S+)/ });

export async function inWorkerd(config = 'tests/edge/fixed/config.capnp', env = {}, cwd = ROOT) {
  const port = await freePort();
  return program(join(BIN, 'workerd'), ['serve', config, `--socket-addr=http=127.0.0.1:${port}`], { cwd, env, address: `http://127.0.0.1:${port}` });
}

export const COMPONENT = join(TARGET, 'edge/driftline-edge.component.wasm');

/** The component, by jco; `instant` holds its clock still, and the file `clock` sets it. */
export async function inWasi({ instant, clock, args = [], env = {} } = {}) {
  if (!existsSync(COMPONENT)) throw new Error(`${COMPONENT} is missing: scripts/component`);
  const port = await freePort();
  const module = instant || clock ? 'tests/edge/fixed/clock.mjs' : 'examples/wasi/folder.mjs';
  return program(join(BIN, 'jco'), ['serve', COMPONENT, '--host', '127.0.0.1', '--port', String(port), '--jco-import', join(ROOT, module), ...args], {
    address: `http://127.0.0.1:${port}`,
    env: { ...env, ...(instant && { DRIFTLINE_INSTANT: instant }), ...(clock && { DRIFTLINE_CLOCK: clock }) },
  });
}
