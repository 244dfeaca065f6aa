// The policy as a form and as text, and what a change of it would have done.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { choose, open, start, text, trySample, verdict } from './browser.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.close());

const replay = async (page) => {
  await trySample(page);
  await page.click('.modes label:has-text("Replay")');
  await page.waitForSelector('#replay .difference:has-text("No difference")');
};

const set = async (page, field, value) => {
  await page.fill(field, value);
  await page.press(field, 'Tab');
};

const toml = (page) => page.inputValue('#policy-toml');

test('a change says what would have been otherwise', async () => {
  const page = await open(site);
  await replay(page);
  for (const hidden of ['#verdict-title', '.columns', '#alerts', '#windows']) assert(!await page.isVisible(hidden), hidden);
  assert.match(await page.innerText('#replay .about'), /^Over \d+ windows of .* of current\.csv, .* against baseline\.csv\.$/);
  const asked = (await page.asked()).length;
  await set(page, '#policy-rules-2-threshold', '9');
  await page.waitForSelector('#replay .difference:has-text("gone")');
  assert.match(await page.innerText('table.change-lines'), /CriticalDataDrift\s+− gone/);
  assert.match(await page.innerText('#replay .counts'), /Alerts fired\s+\d+ was \d+/);
  assert.match(await page.innerText('#replay [role=status]', { strict: false }), /gone/);
  assert.match(await toml(page), /name = "CriticalDataDrift"\nmetric = "psi_score"\ncomparison = ">"\nthreshold = 9\n/);
  // Nothing was counted or read again for it.
  assert.equal((await page.asked()).length, asked);
  await page.click('#policy-compare');
  await page.waitForSelector('#replay .difference:has-text("No difference")');
  await page.click('[data-act=undo]');
  await page.waitForSelector('#replay .difference:has-text("new")');
  await page.click('.modes label:has-text("Files")');
  await page.waitForSelector('#verdict-title');
  assert(!await page.isVisible('#replay'));
  await page.done();
});

test('the text and the form are one', async () => {
  const page = await open(site);
  await replay(page);
  const shipped = await toml(page);
  await page.fill('#policy-toml', shipped.replace('for = "2m"', 'for = "3windows" # ours'));
  await page.waitForFunction(() => document.querySelector('#policy-rules-2-for').value === '3windows');
  await set(page, '#policy-rules-2-name', 'Ours');
  await page.waitForFunction(() => document.querySelector('#policy-toml').value.includes('name = "Ours"'));
  assert.match(await toml(page), /for = "3windows" # ours/);
  // What cannot be read is told with its line, and the form stays.
  await page.fill('#policy-toml', `bins = 20\nwindow = \n`);
  await page.waitForSelector('#policy-remarks:has-text("line 2, column 10")');
  assert.equal(await page.inputValue('#policy-rules-2-name'), 'Ours');
  assert.equal(await page.getAttribute('#policy-toml', 'aria-invalid'), 'true');
  await page.fill('#policy-toml', 'bins = 20\nwindow = "1d"\n[rails]\nmax_rollbacks = 0\n');
  await page.waitForSelector('#problem-rollbacks:has-text("expected 1 to 1000, found 0")');
  await page.click('#policy-remarks [data-act=line]');
  assert.equal(await page.evaluate(() => {
    const text = document.activeElement;
    return text.value.slice(text.selectionStart, text.selectionEnd);
  }), 'max_rollbacks = 0');
  await set(page, '#policy-rollbacks', '3');
  await page.waitForFunction(() => document.querySelector('#policy-toml').value.includes('max_rollbacks = 3'));
  await page.waitForSelector('#replay .about:has-text("windows of 1d")');
  await page.click('#policy-reset');
  await page.waitForFunction((text) => document.querySelector('#policy-toml').value === text, shipped);
  await page.done();
});

test('alerts, triggers and objectives come and go by keyboard', async () => {
  const page = await open(site);
  await replay(page);
  await page.focus('#policy-rules-add');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#policy-rules-5-name');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'policy-rules-add');
  await page.selectOption('#policy-rules-5-severity', 'critical');
  await page.waitForFunction(() => /NewAlert1[\s\S]*severity = "critical"/.test(document.querySelector('#policy-toml').value));
  await page.focus('#policy-rules-0-name');
  await page.keyboard.type('X');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'policy-rules-0-metric');
  await page.waitForFunction(() => document.querySelector('#policy-toml').value.includes('name = "ModerateDataDriftX"'));
  assert.equal(await page.evaluate(() => document.activeElement.id), 'policy-rules-0-metric');
  for (let left = 5; left >= 0; left -= 1) {
    await page.click('#policy-rules-0-remove');
    await page.waitForFunction((n) => document.querySelectorAll('#policy-rules .entry').length === n, left);
  }
  assert.match(await toml(page), /^rules = \[\]$/m);
  assert.match(await page.innerText('#policy-rules'), /No alert: nobody is told/);
  await page.click('#policy-triggers-add');
  await page.waitForSelector('#policy-triggers-4-metric');
  await page.click('#policy-objectives-latency-add');
  await page.waitForSelector('#policy-objectives-latency-2-quantile');
  await page.done();
});

test('the policy is saved as a spec, as rules and as their tests', async () => {
  const page = await open(site);
  await replay(page);
  for (const [what, name, part] of [
    ['spec', 'driftline.toml', /\[\[rules\]\]/],
    ['rules', 'driftline_rules.yml', /- alert: CriticalDataDrift/],
    ['tests', 'driftline_rules_test.yml', /alertname: CriticalDataDrift/],
  ]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(`[data-save=${what}]`)]);
    assert.equal(download.suggestedFilename(), name);
    assert.match(readFileSync(await download.path(), 'utf8'), part);
  }
  await page.done();
});

test('files without windows are cut into some by one click', async () => {
  const page = await open(site);
  const rows = Array.from({ length: 8000 }, (_, i) => `${i % 17},${i % 3 ? 'a' : 'b'}`).join('\n');
  await choose(page, text('baseline.csv', `n,c\n${rows}\n`), text('current.csv', `n,c\n${rows}\n`));
  await verdict(page);
  await page.click('.modes label:has-text("Replay")');
  await page.click('#replay button:has-text("Cut into windows of 400 rows")');
  await page.waitForSelector('#replay .about:has-text("Over 20 windows of 400 rows")');
  await page.done();
});
