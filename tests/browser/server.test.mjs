// The page out of the server's own binary: the same page, under the same policy, beside the live interface.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { open, start, trySample } from './browser.mjs';

let page;
let served;
let process_;
let folder;

before(async () => {
  const binary = process.env.DRIFTLINE_BIN;
  assert(binary, 'DRIFTLINE_BIN names no binary: run scripts/test browser');
  folder = mkdtempSync(join(tmpdir(), 'driftline-'));
  process_ = spawn(binary, ['serve', '--demo', '--listen', '127.0.0.1:0', '--log', 'json', '--data', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  served = await start();
  for await (const line of createInterface({ input: process_.stderr })) {
    const told = JSON.parse(line);
    if (told.message === 'listening') {
      served.address = `${told.address}/`;
      break;
    }
  }
});

after(async () => {
  const ended = new Promise((done) => process_.once('exit', done));
  process_.kill('SIGTERM');
  assert.equal(await ended, 0);
  await served.close();
  rmSync(folder, { recursive: true });
});

test('the server shows the page, and the page counts the sample', async () => {
  page = await open(served);
  assert.match(await trySample(page), /^Critical drift: .*distance_from_home/);
  await page.done();
});

test('beside the page, the demo is watched', async () => {
  const drift = await (await fetch(`${served.address}drift`)).json();
  assert.equal(drift.features_monitored, 5);
  assert.ok(drift.window.rows >= 300, JSON.stringify(drift.window));
});
