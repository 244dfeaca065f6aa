// What the report has besides its columns: the model, windows, segments, and what a measure means.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { choose, data, open, start, text, trySample, verdict } from './browser.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.close());

const type = async (page, field, value) => {
  await page.fill(field, value);
  await page.press(field, 'Enter');
};

test('windows and segments are asked for in the policy, by reading the same files again', async () => {
  const page = await open(site);
  await trySample(page);
  // By default, the page chooses windows for files with times.
  await page.waitForSelector('#windows table.window-lines');
  const asked = (await page.asked()).length;
  await page.click('.policy summary');
  await type(page, '#policy-window', '');
  await page.waitForSelector('#windows', { state: 'hidden' });
  assert.match(await page.innerText('#alerts'), /There are no windows, and alerts are decided window by window/);
  await page.click('.policy summary');
  await page.click('#ask-windows');
  await page.waitForFunction(() => document.activeElement.id === 'policy-window');
  await type(page, '#policy-window', '1d');
  await page.waitForSelector('#windows table.window-lines');
  const lines = await page.locator('table.window-lines tbody tr').allInnerTexts();
  assert(lines.length > 3 && lines.every((line) => /^2024-01-\d\d/.test(line)), lines.join('\n'));
  assert.match(await page.innerText('table.window-lines thead'), /p95\s+Errors/);
  assert.match(await page.textContent('#windows svg desc >> nth=0'), /Worst is distance_from_home: critical in /);
  await page.click('.pick:has-text("prediction")');
  await page.waitForSelector('#segments table.segment-lines');
  assert.equal(await page.locator('table.segment-lines tbody tr').count(), 2);
  assert(await page.locator('#ask-windows').count() === 0);
  assert((await page.asked()).slice(asked).every((what) => what === 'count'));
  await type(page, '#policy-window', '10 mins');
  await page.waitForSelector('#problem-window:has-text("10 mins")');
  assert.match(await page.innerText('#problem-window'), /expected a duration such as "1h".*found "10 mins"/);
  await type(page, '#policy-window', '');
  await page.waitForSelector('#windows', { state: 'hidden' });
  await page.done();
});

test('what the files have no column for is said at its field, and the result stays', async () => {
  const page = await open(site);
  const rows = Array.from({ length: 300 }, (_, i) => `${i % 17},${i % 3 ? 'a' : 'b'}`).join('\n');
  await choose(page, text('baseline.csv', `n,c\n${rows}\n`), text('current.csv', `n,c\n${rows}\n`));
  const before = await verdict(page);
  await page.click('.policy summary');
  await type(page, '#policy-window', '1d');
  await page.waitForSelector('.failure');
  await page.waitForSelector('#problem-window:has-text("expected a column of instants")');
  assert.match(await page.innerText('.failure'), /Could not compare/);
  assert.equal(await page.innerText('#verdict-title'), before);
  await type(page, '#policy-window', '100rows');
  await page.waitForSelector('#windows table.window-lines');
  assert.equal(await page.locator('table.window-lines tbody tr').count(), 3);
  assert.equal(await page.innerText('#problem-window'), '');
  await page.done();
});

test('the model, its latency and its errors are shown where the files have them', async () => {
  const page = await open(site);
  await trySample(page);
  assert.match(await page.innerText('#model'), /Predictions[\s\S]*PSI of probability[\s\S]*Latency p95[\s\S]*Error rate/);
  assert.equal(await page.locator('#model svg').count(), 1);
  await choose(page, data('flights_20k/baseline.csv'), data('flights_20k/current.csv'));
  await verdict(page);
  await page.waitForSelector('#model', { state: 'hidden' });
  await page.done();
});

test('a measure says by keyboard what it means, how exact it is, and its corrected p', async () => {
  const page = await open(site);
  await trySample(page);
  await page.click('button[data-row] >> nth=0');
  const row = page.locator('.measures tr:has-text("Kolmogorov")');
  assert.match(await row.innerText(), /▲ drift[\s\S]*< 0\.0001[\s\S]*exact/);
  await row.locator('summary').focus();
  await page.keyboard.press('Enter');
  assert.match(await row.innerText(), /largest gap between the two cumulative curves/);
  await page.click('.policy summary');
  await page.selectOption('#policy-convention', 'credit-risk');
  await page.waitForSelector('.by-convention .convention');
  assert.match(await page.innerText('.by-convention'), /Credit risk says: /);
  await page.done();
});
