// Alerts and triggers: what a policy makes of the windows, worked out beside the page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT, choose, data, open, start, text, trySample, verdict } from './browser.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.close());

const byDay = async (page) => {
  await trySample(page);
  await page.click('.policy summary');
  await page.fill('#policy-window', '1d');
  await page.press('#policy-window', 'Enter');
  await page.waitForSelector('#alerts .found:has-text("windows of 1d")');
};

const saved = async (page) => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-save=html]')]);
  return readFileSync(await download.path(), 'utf8');
};

test('every alert and trigger says how it stands, and the timeline shows when', async () => {
  const page = await open(site);
  await byDay(page);
  assert.match(await page.innerText('#alerts .found'), /4 of 5 alerts fired in 14 windows of 1d/);
  assert.match(await page.innerText('#alerts'), /Dry-run: everything is decided and nothing is done/);
  const row = (name) => page.innerText(`#alerts tr:has(th:has-text("${name}"))`);
  assert.match(await row('CriticalDataDrift'), /firing since 2024-01-26[\s\S]*psi_score|psi_score[\s\S]*firing since 2024-01-26/);
  assert.match(await row('SignificantDataDrift'), /inhibited by CriticalDataDrift/);
  assert.match(await row('CriticalP99Latency'), /inactive/);
  assert.match(await row('psi_score > 0.5: rollback'), /on[\s\S]*would have rolled back once/);
  assert.match(await page.locator('#alerts .timeline svg desc').textContent(), /CriticalDataDrift fired 1 time/);
  await page.click('#alerts details.data summary');
  assert.match(await page.innerText('#alerts details.data'), /HighP95Latency\s+firing/);
  await page.done();
});

test('the saved report holds the alerts and their timeline', async () => {
  const page = await open(site);
  await byDay(page);
  const html = await saved(page);
  assert.match(html, /<h2 id="alerts">Alerts and triggers<\/h2>/);
  assert.match(html, /<title>Alerts and triggers over 14 windows of 1d<\/title>/);
  assert.doesNotMatch(html, /<script/);
  await page.done();
});

test('where nothing can be said of alerts, that is said', async () => {
  const page = await open(site);
  const rows = Array.from({ length: 600 }, (_, i) => `${i % 17},${i % 3 ? 'a' : 'b'}`).join('\n');
  await choose(page, text('baseline.csv', `n,c\n${rows}\n`), text('current.csv', `n,c\n${rows}\n`));
  await verdict(page);
  await page.click('.policy summary');
  await page.fill('#policy-window', '50rows');
  await page.press('#policy-window', 'Enter');
  await page.waitForSelector('#alerts .found:has-text("12 of them hold too few rows to decide anything")');
  await page.fill('#policy-window', '300rows');
  await page.press('#policy-window', 'Enter');
  await page.waitForSelector('#alerts .found:has-text("Nothing fired in 2 windows of 300 rows.")');
  assert.match(await page.innerText('#alerts'), /No column holds latencies/);
  await page.done();
});

test('without the reporter the page says what is missing, and goes on where it stopped', async () => {
  const page = await open(site, {}, async (context) => {
    const reporter = /<meta name="driftline-reporter" content="([^"]+)\//.exec(readFileSync(join(ROOT, 'dist/index.html'), 'utf8'))[1];
    await context.route(`**/${reporter}/*`, (route) => route.abort());
  });
  await page.click('[data-sample=transactions]');
  await page.waitForSelector('.failure:has-text("The report could not be worked out")');
  await page.context().unrouteAll();
  const read = (await page.asked()).length;
  await page.click('.failure [data-act=report]');
  assert.match(await verdict(page), /^Critical drift/);
  assert.deepEqual((await page.asked()).slice(read), ['count'], 'nothing is read again');
  await page.waitForSelector('#model .figures');
  assert.equal(await page.locator('.failure').count(), 0);
  page.forgive(/net::ERR_FAILED/);
  await page.done();
});

test('a reporter that dies is replaced when it is needed', async () => {
  const page = await open(site);
  await byDay(page);
  const reporter = page.workers().find((worker) => worker.url().includes(page.reporter));
  // Its death may outrun the answer to this.
  await reporter.evaluate(() => setTimeout(() => { throw new Error('a trap'); })).catch((error) => assert.match(error.message, /closed|terminated|destroyed/i));
  await page.waitForSelector('.part-failure:has-text("a trap")');
  assert.match(await page.innerText('#verdict-title'), /^Critical drift/);
  assert.match(await saved(page), /Alerts and triggers over 14 windows/);
  await page.waitForSelector('#alerts .alert-lines');
  await page.done();
});

test('the reporter has given up the network', async () => {
  const page = await open(site);
  await byDay(page);
  const reporter = page.workers().find((worker) => worker.url().includes(page.reporter));
  const left = await reporter.evaluate(() => ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'Worker', 'indexedDB'].filter((name) => self[name] !== undefined));
  assert.deepEqual(left, []);
  await page.done();
});

test('real files with times are watched', async () => {
  const page = await open(site);
  await choose(page, data('llm_trace/baseline.csv'), data('llm_trace/current.csv'));
  await verdict(page);
  await page.click('.policy summary');
  await page.fill('#policy-window', '10m');
  await page.press('#policy-window', 'Enter');
  await page.waitForSelector('#alerts tr:has-text("CriticalDataDrift"):has-text("not expected to help")');
  await page.done();
});
