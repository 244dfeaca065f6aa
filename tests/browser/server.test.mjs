// The page out of the server's own binary: it follows the server, and reads files under the same policy.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open, start, trySample } from './browser.mjs';
import { clear, end, keepingPlace, listen } from './live_server.mjs';

let site;
let folder;
const serve = (name, port, ...more) => listen(folder, name, port, ...more);

let demo;
before(async () => {
  folder = keepingPlace();
  demo = await serve('demo', 0, '--demo');
  site = await start();
});

after(async () => {
  assert.equal(await end(demo), 0);
  await site.close();
  clear(folder);
});

const visit = (server, options, prepare) => open({ browser: site.browser, address: server.address }, options, prepare);

test('the page follows the server that serves it, look by look', async () => {
  const page = await visit(demo);
  await page.waitForSelector('.live[data-link=up]');
  await page.waitForSelector('#verdict-title');
  assert.match(await page.innerText('.live-state'), /^Live · looked \d+ s ago$/);
  await page.waitForSelector('#alerts .alert-lines');
  assert.match(await page.innerText('#alerts'), /Dry-run: everything is decided and nothing is done/);
  assert.match(await page.innerText('#model'), /Latency p95/);
  assert.equal(await page.locator('.row .name').count() > 5, true);
  // What columns are is the server's to say.
  assert.equal(await page.locator('#columns select:enabled, table select:enabled').count(), 0);
  // The demo sends on: another look tells more rows.
  const rows = async () => (await page.innerText('.verdict-text p')).match(/[\d,. ]+ rows/g)?.join();
  const first = await rows();
  assert(first, await page.innerText('.verdict-text'));
  await page.waitForFunction((first) => !document.querySelector('.verdict-text p').innerText.includes(first), first, { timeout: 40_000 });
  await page.done();
});

test('beside the server, files are read as on any other host', async () => {
  const page = await visit(demo);
  await page.waitForSelector('#verdict-title');
  await page.click('.modes label:has-text("Files")');
  assert.match(await trySample(page), /^Critical drift: .*distance_from_home/);
  assert.equal(await page.locator('table select:disabled').count(), 0);
  await page.click('.modes label:has-text("Live")');
  await page.waitForSelector('.live[data-link=up]');
  assert.doesNotMatch(await page.innerText('.verdict-text'), /current\.csv/);
  await page.click('.modes label:has-text("Files")');
  assert.match(await page.innerText('#verdict-title'), /^Critical drift: .*distance_from_home/);
  await page.done();
});

test('what is shown is marked as stale while the server is away, and no longer when it is back', async () => {
  const server = await serve('away', 0, '--demo');
  const page = await visit(server);
  await page.waitForSelector('#verdict-title');
  const verdict = await page.innerText('#verdict-title');
  await end(server);
  await page.waitForSelector('.live[data-link=down] .live-state:has-text("Stale since")');
  assert.equal(await page.innerText('#verdict-title'), verdict, 'what was known stays');
  const again = await serve('away', server.port, '--demo');
  await page.waitForSelector('.live[data-link=up] .live-state:has-text("Live")', { timeout: 40_000 });
  page.forgive(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|Failed to load resource/);
  await page.done();
  await end(again);
});

test('a token is asked for where one is needed, and one that is wrong is refused in words', async () => {
  const file = join(folder, 'tokens');
  const token = execFileSync(process.env.DRIFTLINE_BIN, ['token', 'page', '--scopes', 'read', '--token-file', file], { encoding: 'utf8' }).trim();
  const server = await serve('closed', 0, '--demo', '--token-file', file);
  const page = await visit(server);
  await page.fill('#live-token', 'driftline_wrong');
  await page.press('#live-token', 'Enter');
  await page.waitForSelector('.token-form .problem:not(:empty)');
  await page.fill('#live-token', token);
  await page.press('#live-token', 'Enter');
  await page.waitForSelector('.live[data-link=up]');
  await page.waitForSelector('#verdict-title');
  page.forgive(/401|403/);
  await page.done();
  await end(server);
});

test('a server without events says what to do', async () => {
  const server = await serve('empty', 0);
  const page = await visit(server);
  await page.waitForSelector('.live-nothing:has-text("No events have come yet")');
  assert.match(await page.innerText('.live-nothing'), /curl .*monitor --json/);
  await fetch(`${server.address}monitor`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"features": {"amount": 1}, "latency_ms": 5}' });
  // Without a baseline nothing can have drifted, and latencies are told all the same.
  await page.waitForSelector('.verdict[data-severity=inconclusive] #verdict-title', { timeout: 40_000 });
  await page.waitForSelector('#model:has-text("Latency p95")');
  assert.equal(await page.locator('.live-nothing').isVisible(), false);
  await page.done();
  await end(server);
});
