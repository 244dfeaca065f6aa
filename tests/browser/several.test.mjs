// Several current files: each a window, all of them together the verdict.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { data, open, start, text, trySample, until, verdict } from './browser.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.close());

const CURRENT = readFileSync(data('flights_20k/current.csv'), 'utf8');
const [HEADER, ...ROWS] = CURRENT.trimEnd().split('\n');
const THIRD = Math.ceil(ROWS.length / 3);
const part = (n) => ROWS.slice(n * THIRD, (n + 1) * THIRD);
const csv = (rows) => `${HEADER}\n${rows.join('\n')}\n`;
const [ONE, TWO, TEN] = ['week1.csv', 'week2.csv', 'week10.csv'].map((name, n) => text(name, csv(part(n))));
const listed = (page) => page.locator('.several bdi').allInnerTexts();

/** The report as it is saved. */
const report = async (page) => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-save=json]')]);
  return JSON.parse(readFileSync(await download.path(), 'utf8'));
};

/** Loads the baseline and these files, and gives the report. */
const compared = async (page, files) => {
  await page.setInputFiles('#baseline-file', data('flights_20k/baseline.csv'));
  await page.setInputFiles('#current-file', files);
  await verdict(page);
  return report(page);
};

test('each file is a window with what it has alone, and all together are what they are in one', async () => {
  const page = await open(site);
  // By name as people count, in whatever order they were chosen.
  const found = await compared(page, [TEN, ONE, TWO]);
  assert.deepEqual(await listed(page), ['week1.csv', 'week2.csv', 'week10.csv']);
  assert.deepEqual(found.windows.map((window) => window.source), ['week1.csv', 'week2.csv', 'week10.csv']);
  await page.click('[aria-label="Remove all current files"]');
  const whole = await compared(page, text('whole.csv', CURRENT));
  assert.deepEqual([found.columns, found.drift, found.severity], [whole.columns, whole.drift, whole.severity]);
  for (const [n, file] of [ONE, TWO, TEN].entries()) {
    await page.click('[aria-label="Remove the current file"]');
    const alone = await compared(page, file);
    const { psi_scores: psi, severity, rows } = found.windows[n];
    assert.deepEqual([psi, severity, rows], [alone.drift.psi_scores, alone.severity, alone.current.rows], file.name);
  }
  await page.done();
});

test('files are added and taken away one by one, and stand in the charts by name', async () => {
  const page = await open(site);
  await compared(page, [ONE, TWO]);
  await page.setInputFiles('#more-files', TEN);
  await until(async () => (await listed(page)).length === 3);
  await verdict(page);
  await page.waitForSelector('.window-lines tbody tr:nth-child(3)');
  assert.equal(await page.innerText('.window-lines th >> nth=0'), 'File');
  assert.deepEqual(await page.locator('.window-lines tbody tr td:first-child, .window-lines tbody tr th').allInnerTexts(), ['week1.csv', 'week2.csv', 'week10.csv']);
  assert.match(await page.locator('[data-chart=windows-drift] svg').innerHTML(), /week10\.csv/);
  await page.click('[aria-label="Remove week2.csv"]');
  await page.waitForFunction(() => document.querySelectorAll('.window-lines tbody tr').length === 2);
  assert.deepEqual(await listed(page), ['week1.csv', 'week10.csv']);
  assert.deepEqual((await report(page)).windows.map((window) => window.source), ['week1.csv', 'week10.csv']);
  await page.done();
});

test('of several files dropped at once one is the baseline where there is none, and then none is', async () => {
  const page = await open(site);
  const drop = (names) => page.evaluate(([names, rows]) => {
    const files = new DataTransfer();
    for (const name of names) files.items.add(new File([`a,b\n${rows}\n`], name));
    document.querySelector('.foot').dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
  }, [names, Array.from({ length: 400 }, (_, i) => `${i % 17},${i % 3}`).join('\n')]);
  await drop(['day10.csv', 'day9.csv', 'day11.csv']);
  assert.match(await verdict(page), /^No drift/);
  assert.match(await page.innerText('.zone[data-slot=Baseline]'), /day9\.csv/);
  assert.deepEqual(await listed(page), ['day10.csv', 'day11.csv']);
  await drop(['day13.csv', 'day12.csv', 'day14.csv']);
  await until(async () => (await listed(page))[0] === 'day12.csv');
  assert.match(await verdict(page), /^No drift/);
  assert.match(await page.innerText('.zone[data-slot=Baseline]'), /day9\.csv/);
  assert.deepEqual(await listed(page), ['day12.csv', 'day13.csv', 'day14.csv']);
  await page.done();
});

test('a file that cannot be read is told by its name, and one with other columns too', async () => {
  const page = await open(site);
  await page.setInputFiles('#baseline-file', data('flights_20k/baseline.csv'));
  await page.setInputFiles('#current-file', [ONE, text('week2.csv', '')]);
  await page.waitForSelector('.failure');
  assert.match(await page.innerText('.failure'), /week2\.csv/);
  const short = csv(part(1)).replace(/^([^,]*),[^,]*/gm, '$1');
  await page.setInputFiles('#current-file', [ONE, text('week2.csv', short)]);
  await verdict(page);
  await page.waitForSelector('#problems');
  assert.match(await page.textContent('#problems'), /week2\.csv.*did not find delay/s);
  await page.done();
});

test('what the model answered stands with the windows', async () => {
  const page = await open(site);
  await trySample(page);
  await page.waitForSelector('[data-chart=windows-mix] svg');
  assert.match(await page.locator('[data-chart=windows-mix] svg').innerHTML(), /legitimate/);
  await page.done();
});
