// Servers for the tests of the page that a server serves: the program itself, each in a folder of its own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const running = new Set();

/** A folder for what servers keep. */
export const keepingPlace = () => mkdtempSync(join(tmpdir(), 'driftline-'));

/** Starts one in `folder` under a name; `port` 0 takes a free one. Resolves to `{ child, address, port }`. */
export async function listen(folder, name, port, ...more) {
  assert(process.env.DRIFTLINE_BIN, 'DRIFTLINE_BIN names no binary: run scripts/test browser');
  const child = spawn(process.env.DRIFTLINE_BIN, ['serve', '--listen', `127.0.0.1:${port}`, '--log', 'json', '--data', join(folder, name), ...more], { stdio: ['ignore', 'ignore', 'pipe'] });
  running.add(child);
  for await (const line of createInterface({ input: child.stderr })) {
    const told = JSON.parse(line);
    if (told.message === 'listening') {
      child.stderr.resume();
      return { child, address: `${told.address}/`, port: Number(new URL(told.address).port) };
    }
  }
  throw new Error(`${name} did not start`);
}

/** Asks a server to end, and resolves to its exit status. */
export async function end(server) {
  const ended = new Promise((done) => server.child.once('exit', done));
  server.child.kill('SIGTERM');
  running.delete(server.child);
  return ended;
}

/** Ends what a test that failed has left, and removes the folder. */
export function clear(folder) {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  rmSync(folder, { recursive: true, force: true });
}
