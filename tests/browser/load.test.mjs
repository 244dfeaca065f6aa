// Two files in, a verdict out.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { choose, data, names, open, start, text, trySample, verdict } from './browser.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.close());

test('the sample loads below a path and its verdict is in words', async () => {
  const page = await open(site);
  assert.match(await trySample(page), /^Critical drift: .*distance_from_home/);
  assert.equal((await names(page))[0], 'distance_from_home');
  await page.done();
});

test('the other sample loads over the first', async () => {
  const page = await open(site);
  await trySample(page);
  await page.click('[data-sample=bike_sharing]');
  await page.waitForFunction(() => !document.querySelector('#verdict-title')?.textContent.includes('distance_from_home'));
  assert.match(await verdict(page), /drift/i);
  await page.done();
});

test('real files are compared, offline, and saved in every form', async () => {
  const page = await open(site);
  await page.waitForLoadState('networkidle');
  await page.context().setOffline(true);
  await choose(page, data('noaa_weather/baseline.csv'), data('noaa_weather/current.csv'));
  assert.match(await verdict(page), /drift/i);
  const save = async (selector) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
    return readFileSync(await download.path(), 'utf8');
  };
  const report = JSON.parse(await save('[data-save=json]'));
  assert.equal(report.schema, 'driftline.report/v1');
  assert.equal(report.columns.length, (await names(page)).length);
  assert.match(await save('[data-save=html]'), /<!doctype html>/i);
  await page.click('.row .name >> nth=0');
  assert.match(await save('[data-chart=column-histogram] [data-format=svg]'), /^<svg xmlns/);
  assert.match(await save('[data-chart=column-histogram] [data-format=csv]'), /\r\n/);
  await page.click('.policy summary');
  assert.match(await save('[data-save=spec]'), /^bins = 10$/m);
  await page.done();
});

test('two files dropped anywhere go where their names say', async () => {
  const page = await open(site);
  await page.evaluate(() => {
    const files = new DataTransfer();
    const rows = Array.from({ length: 300 }, (_, i) => `${i % 17},${i % 3}`).join('\n');
    files.items.add(new File([`a,b\n${rows}\n`], 'my_current.csv'));
    files.items.add(new File([`a,b\n${rows}\n`], 'my_baseline.csv'));
    document.querySelector('.foot').dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
  });
  assert.match(await verdict(page), /^No drift/);
  assert.match(await page.innerText('.zone[data-slot=Baseline]'), /my_baseline\.csv/);
  assert.match(await page.innerText('.zone[data-slot=Current]'), /my_current\.csv/);
  await page.done();
});

test('a long load shows how far it is, is cancelled, and leaves the result before it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'driftline-'));
  try {
    const big = join(folder, 'big.csv');
    const file = openSync(big, 'w');
    writeSync(file, 'a,b,c\n');
    const block = Array.from({ length: 40_000 }, (_, i) => `${i * 1.37},${i % 7},level${i % 11}`).join('\n') + '\n';
    for (let bytes = 0; bytes < 200e6; bytes += block.length) writeSync(file, block);
    closeSync(file);
    const page = await open(site);
    const before = await trySample(page);
    await choose(page, big, big);
    await page.waitForFunction(() => / of .* rows/.test(document.querySelector('.far')?.textContent ?? ''));
    await page.click('.progress button');
    await page.waitForSelector('.tray .samples', { timeout: 5000 });
    assert.equal(await page.innerText('#verdict-title'), before);
    assert.equal(await page.locator('.failure').count(), 0);
    // The worker still holds what it had read before.
    await page.click('.policy summary');
    await page.fill('#policy-critical', '9');
    await page.waitForFunction((old) => document.querySelector('#verdict-title').textContent !== old, before);
    await page.done();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('swapped files are noticed and swapped back', async () => {
  const page = await open(site);
  await choose(page, data('bike_sharing/current.csv'), data('bike_sharing/baseline.csv'));
  await verdict(page);
  assert.match(await page.innerText('.swapped'), /may be swapped/);
  await page.click('.swapped button');
  await page.waitForSelector('.swapped', { state: 'detached' });
  assert.match(await page.innerText('.zone[data-slot=Baseline]'), /baseline\.csv/);
  await page.done();
});

test('text from a file is shown, never run', async () => {
  const page = await open(site);
  const name = '<img src=x onerror=alert(1)>';
  const rows = Array.from({ length: 300 }, (_, i) => `${i % 2 ? '<script>alert(1)</script>' : '<b>b</b>'},${i}`).join('\n');
  await choose(page, text('baseline.csv', `${name},n\n${rows}\n`), text('current.csv', `${name},n\n${rows.replaceAll('<b>b</b>', '<i>new</i>')}\n`));
  await verdict(page);
  assert((await names(page)).includes(name));
  await page.click(`.row .name:has-text("onerror")`);
  await page.waitForSelector('.histogram svg');
  assert.equal(await page.locator('main img, main b, main script, main td i').count(), 0);
  await page.done();
});

test('a baseline that was profiled before is as good as its rows, in both of its forms', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'driftline-'));
  try {
    const [rows, current] = [data('bike_sharing/baseline.csv'), data('bike_sharing/current.csv')];
    const form = (format) => {
      const file = join(folder, `baseline.${format}`);
      execFileSync(process.env.DRIFTLINE_BIN, ['profile', rows, '--output', file, '--format', format], { stdio: 'ignore' });
      return file;
    };
    const found = {};
    for (const [name, baseline, reads] of [['rows', rows, 1], ['binary', form('binary'), 1], ['json', form('json'), 2]]) {
      const page = await open(site);
      await choose(page, baseline, current);
      await verdict(page);
      assert.deepEqual(await page.asked(), Array(reads).fill('load'), name);
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-save=json]')]);
      const { reference_id, severity, drift, columns } = JSON.parse(readFileSync(await download.path(), 'utf8'));
      found[name] = { reference_id, severity, drift, psi: columns.map((column) => [column.name, column.measures.psi]) };
      // What was counted is kept, and what was not is counted of the same files.
      await page.click('.policy summary');
      await page.fill('#policy-window', '2000rows');
      await page.press('#policy-window', 'Enter');
      await page.waitForFunction(() => !/^\d{4}-/.test(document.querySelector('.window-lines tbody tr')?.innerText ?? '2000-'));
      assert.deepEqual((await page.asked()).slice(reads), ['count'], name);
      await page.done();
    }
    assert.deepEqual(found.json, found.rows);
    assert.deepEqual(found.binary, found.rows);

    const page = await open(site);
    const damaged = readFileSync(join(folder, 'baseline.json'), 'utf8').replace(/"rows": \d/, '"rows": 1');
    await choose(page, text('damaged.json', damaged), current);
    await page.waitForSelector('.failure');
    assert.match(await page.innerText('.failure'), /could not be read[^]*damaged\.json/);
    await page.done();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
