// The table and the policy: sorted, filtered, opened, judged anew.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { names, open, start, trySample, verdict } from './browser.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.close());

test('every heading sorts, both ways', async () => {
  const page = await open(site);
  await trySample(page);
  for (const key of ['Column', 'PSI', 'KL', 'JS', 'Missing', 'Role', 'Kind', 'Drift']) {
    const heading = page.locator(`th[data-key="${key}"]`);
    await heading.locator('button').click();
    const first = await heading.getAttribute('aria-sort');
    assert.notEqual(first, 'none', key);
    await heading.locator('button').click();
    assert.notEqual(await heading.getAttribute('aria-sort'), first, key);
    assert.equal(await page.locator('th[aria-sort]:not([aria-sort=none])').count(), 1, key);
  }
  await page.click('th[data-key=Column] button');
  const shown = await names(page);
  assert.deepEqual(shown, [...shown].sort());
  await page.done();
});

test('text and severity filters are combined', async () => {
  const page = await open(site);
  await trySample(page);
  await page.fill('#filter', 'TRANSACTION');
  assert((await names(page)).every((name) => name.includes('transaction')));
  await page.click('.chip[data-severity=critical]');
  assert.deepEqual(await names(page), []);
  await page.fill('#filter', '');
  assert.deepEqual(await names(page), ['distance_from_home']);
  await page.done();
});

test('rows are walked and opened by keyboard, and Escape goes back', async () => {
  const page = await open(site);
  await trySample(page);
  await page.focus('button[data-row] >> nth=0');
  await page.keyboard.press('ArrowDown');
  const name = await page.evaluate(() => document.activeElement.innerText);
  assert.equal(name, (await names(page))[1]);
  await page.keyboard.press('Enter');
  assert.equal(await page.innerText('.detail h3'), name);
  assert.equal(await page.locator('.histogram svg').count(), 1);
  await page.focus('.detail .close');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.detail').count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.innerText), name);
  await page.keyboard.press('End');
  assert.equal(await page.evaluate(() => document.activeElement.innerText), (await names(page)).at(-1));
  await page.done();
});

test('a threshold changes the severity without reading again', async () => {
  const page = await open(site);
  await trySample(page);
  const asked = (await page.asked()).length;
  await page.click('.policy summary');
  await page.fill('#policy-critical', '0.9');
  await page.waitForSelector('tr[data-severity=critical]', { state: 'detached' });
  assert.match(await verdict(page), /^Significant drift/);
  await page.selectOption('#policy-bins', '20');
  await page.selectOption('#policy-convention', 'textbook');
  await page.selectOption('#policy-direction', 'reference_from_current');
  await page.waitForTimeout(800);
  const since = (await page.asked()).slice(asked);
  assert(since.length >= 2 && since.every((type) => type === 'count'), since.join());
  await page.click('#policy-reset');
  await page.waitForSelector('tr[data-severity=critical]');
  await page.waitForFunction(() => document.querySelector('#policy-critical').value === '0.25');
  await page.done();
});

test('what is wrong with the policy is said beside the field', async () => {
  const page = await open(site);
  const before = await trySample(page);
  await page.click('.policy summary');
  await page.fill('#policy-moderate', 'a lot');
  await page.waitForSelector('#problem-moderate:has-text("a lot")');
  await page.fill('#policy-moderate', '0.5');
  await page.waitForSelector('#problem-significant:has-text("expected at least")');
  assert.equal(await page.innerText('#verdict-title'), before);
  await page.done();
});

test('a role is changed without reading again, a kind by reading again in the worker', async () => {
  const page = await open(site);
  await trySample(page);
  const asked = (await page.asked()).length;
  await page.selectOption('[aria-label="Role of distance_from_home"]', 'label');
  await page.waitForFunction(() => /distance_from_home \(label\)/.test(document.querySelector('#verdict-title').textContent));
  assert.deepEqual((await page.asked()).slice(asked), ['count']);
  await page.selectOption('[aria-label="Kind of transaction_hour"]', 'categorical');
  await page.waitForFunction(() => document.querySelector('[aria-label="Kind of transaction_hour"]').value === 'categorical');
  await verdict(page);
  assert.deepEqual((await page.asked()).slice(asked), ['count', 'count']);
  await page.done();
});

test('a column is left out and taken back', async () => {
  const page = await open(site);
  await trySample(page);
  await page.selectOption('[aria-label="Role of distance_from_home"]', 'ignore');
  await page.waitForSelector('#left-out li:has-text("distance_from_home")');
  assert(!(await names(page)).includes('distance_from_home'));
  await page.selectOption('#left-out [aria-label="Role of distance_from_home"]', 'feature');
  await page.waitForSelector('tr[data-severity=critical]');
  await page.done();
});
