// Charts that answer, by mouse and by keyboard, and what is saved of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { open, start, trySample, until } from './browser.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.close());

const tip = (page) => page.innerText('.tip');
const said = (page) => page.innerText('.tip ~ [role=status]');

test('a chart says what is pointed at, and nothing once nobody points', async () => {
  const page = await open(site, { reducedMotion: 'reduce' });
  await trySample(page);
  await page.click('.row .name >> nth=0');
  const picture = page.locator('[data-chart=column-histogram] svg');
  await picture.hover({ position: { x: 120, y: 90 } });
  await page.waitForSelector('.tip >> visible=true');
  assert.match(await tip(page), /: baseline .*%, current .*%, adds .* to PSI$/);
  const first = await tip(page);
  await picture.hover({ position: { x: 420, y: 90 } });
  await until(async () => await tip(page) !== first);
  const cross = await page.locator('.cross').boundingBox();
  const around = await picture.boundingBox();
  assert(cross.x > around.x + 300 && cross.x < around.x + around.width && Math.abs(cross.height - around.height) < 2);
  await page.mouse.move(5, 5);
  await page.waitForSelector('.tip', { state: 'hidden' });
  await page.done();
});

test('every chart is walked through by keys and read out', async () => {
  const page = await open(site, { reducedMotion: 'reduce' });
  await trySample(page);
  await page.click('.row .name >> nth=0');
  await page.waitForSelector('[data-chart=column-psi]');
  const charts = await page.locator('[data-chart]').evaluateAll((all) => all.map((each) => each.dataset.chart));
  for (const chart of ['column-histogram', 'column-cumulative', 'column-psi', 'windows-drift', 'windows-latency', 'model-confidence', 'alerts-timeline']) {
    assert(charts.includes(chart), `${chart} among ${charts}`);
    await page.focus(`[data-chart=${chart}] .plot`);
    const before = await said(page);
    await page.keyboard.press('ArrowRight');
    await until(async () => await said(page) !== before);
    const first = await said(page);
    assert.match(first, /, 1 of \d+$|, \d+ of \d+$/, chart);
    await page.keyboard.press('End');
    await until(async () => await said(page) !== first);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.tip', { state: 'hidden' });
  }
  // Escape left the chart, not the column.
  assert(await page.isVisible('.detail'));
  await page.done();
});

test('a range of windows is dragged or marked by keys, shown by itself, and left again', async () => {
  const page = await open(site);
  await trySample(page);
  const lines = () => page.locator('table.window-lines tbody tr').count();
  await page.waitForSelector('#windows [data-zooms]');
  const all = await lines();
  const picture = page.locator('[data-chart=windows-drift] svg');
  await picture.scrollIntoViewIfNeeded();
  const { x, y, width } = await picture.boundingBox();
  await page.mouse.move(x + width * 0.4, y + 30);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.6, y + 30, { steps: 4 });
  assert(await page.isVisible('.band'));
  await page.mouse.up();
  await page.waitForSelector('#windows .zoomed');
  assert.match(await page.innerText('#windows .zoomed'), new RegExp(`^\\d+ of ${all} windows: 2024-`));
  const some = await lines();
  assert(some > 1 && some < all, `${some} of ${all}`);
  await page.click('[data-act=whole-range]');
  await page.waitForSelector('#windows .zoomed', { state: 'detached' });
  assert.equal(await lines(), all);
  // The same by keys, and in a column's page.
  await page.focus('[data-chart=windows-drift] .plot');
  await page.keyboard.press('ArrowRight');
  await until(async () => /1 of \d+$/.test(await said(page)));
  for (const stop of [2, 3]) {
    await page.keyboard.press('Shift+ArrowRight');
    await until(async () => new RegExp(`, ${stop} of \\d+$`).test(await said(page)));
  }
  await page.keyboard.press('Enter');
  await page.waitForSelector('#windows .zoomed');
  assert.equal(await lines(), 3);
  await page.click('.row .name >> nth=0');
  await page.click('[data-chart=column-psi] summary');
  await page.waitForSelector('[data-chart=column-psi] .chart-table tbody tr');
  assert.equal(await page.locator('[data-chart=column-psi] .chart-table tbody tr').count(), 3);
  await page.focus('[data-chart=windows-drift] .plot');
  await page.keyboard.press('Escape');
  await page.waitForSelector('#windows .zoomed', { state: 'detached' });
  await page.done();
});

test('a chart is saved as PNG, SVG and CSV, in the colours that it was seen in', async () => {
  for (const [colorScheme, ground] of [['light', '#ffffff'], ['dark', '#14181d']]) {
    const page = await open(site, { colorScheme });
    await trySample(page);
    await page.click('.row .name >> nth=0');
    const save = async (format) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.click(`[data-chart=column-histogram] [data-format=${format}]`),
      ]);
      return [download.suggestedFilename(), readFileSync(await download.path())];
    };
    const [svgName, svg] = await save('svg');
    assert.equal(svgName, 'driftline-Histogram_of_distance_from_home.svg');
    assert(svg.includes(`fill="${ground}"`) && !svg.includes('var('));
    const [csvName, csv] = await save('csv');
    assert(csvName.endsWith('.csv') && csv.toString().startsWith('Cell,Baseline rows,'));
    const [pngName, png] = await save('png');
    assert(pngName.endsWith('.png'));
    assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const drawn = await page.locator('[data-chart=column-histogram] svg').getAttribute('width');
    assert.equal(png.readUInt32BE(16), 2 * Number(drawn));
    await page.done();
  }
});
