// By keyboard alone: from files to a verdict, into a column and back, to a policy that is saved.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { data, open, start } from './browser.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.close());

const ROUND = 200;

/** Goes forward by Tab until what has the focus fits the selector. */
async function tabTo(page, selector) {
  for (let n = 0; n < ROUND; n += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
  }
  const at = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
  assert.fail(`${ROUND} times Tab never came to ${selector}; the focus is at ${at}`);
}

async function choose(page, selector, path) {
  await tabTo(page, selector);
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Enter')]);
  await chooser.setFiles(data(path));
}

test('from files to a verdict, a column and a saved policy, without a mouse', async () => {
  const page = await open(site);
  await choose(page, '#baseline-file', 'noaa_weather/baseline.csv');
  await choose(page, '#current-file', 'noaa_weather/current.csv');
  await page.waitForSelector('#verdict-title');
  assert.match(await page.innerText('#verdict-title'), /drift/i);

  await tabTo(page, '.row .name');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#column-title');
  await page.waitForFunction(() => document.activeElement?.id === 'column-title');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.activeElement?.matches('.row .name'));

  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'filter');
  await page.evaluate(() => document.activeElement.blur());
  await tabTo(page, '#policy > summary');
  if (!await page.evaluate(() => document.querySelector('#policy').open)) await page.keyboard.press('Enter');
  await page.waitForSelector('[data-save=spec]', { state: 'visible' });
  await tabTo(page, '[data-save=spec]');
  const [saved] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  assert.equal(saved.suggestedFilename(), 'driftline.toml');
  assert.match(readFileSync(await saved.path(), 'utf8'), /psi_score/);
  await page.done();
});
