// How it looks: screenshots for people, and what can be measured of them.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open, start, trySample } from './browser.mjs';

const FOLDER = process.env.DRIFTLINE_SCREENS ?? mkdtempSync(join(tmpdir(), 'driftline-screens-'));
mkdirSync(FOLDER, { recursive: true });

let site;
before(async () => { site = await start(); });
after(() => {
  console.log(`screenshots: ${FOLDER}`);
  return site.close();
});

const SCREENS = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['narrow', { viewport: { width: 390, height: 844 } }],
  ['tablet', { viewport: { width: 820, height: 1100 } }],
  ['laptop', { viewport: { width: 1100, height: 800 } }],
  ['forced-colors', { forcedColors: 'active' }],
];

for (const [name, options] of SCREENS) {
  test(`nothing overflows: ${name}`, async () => {
    const page = await open(site, { reducedMotion: 'reduce', ...options });
    const shoot = (state) => page.screenshot({ path: join(FOLDER, `${name}-${state}.png`), fullPage: true });
    const overflow = () => page.evaluate(() => {
      const place = document.querySelector('.table-place');
      const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
      return [wide, place ? place.scrollWidth - place.clientWidth : 0].map((past) => Math.max(past, 0));
    });
    await shoot('empty');
    assert.deepEqual(await overflow(), [0, 0]);
    await trySample(page);
    await shoot('result');
    await page.click('.row .name >> nth=0');
    await page.click('.policy summary');
    await page.waitForSelector('.histogram svg');
    await shoot('open');
    assert.deepEqual(await overflow(), [0, 0]);
    await page.fill('#policy-window', '1d');
    await page.check('.pick:has-text("prediction") input');
    await page.waitForSelector('#windows table.window-lines');
    await page.waitForSelector('#segments table.segment-lines');
    await shoot('windows');
    assert.deepEqual(await overflow(), [0, 0]);
    await page.done();
  });
}

test('the theme is chosen, applied before the first paint, and kept', async () => {
  const page = await open(site, { colorScheme: 'light' });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.click('.segments label:has-text("Dark")');
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.reload({ waitUntil: 'commit' });
  await page.waitForSelector('#baseline-file', { state: 'attached' });
  assert.equal(await ground(), dark);
  await page.done();
});
