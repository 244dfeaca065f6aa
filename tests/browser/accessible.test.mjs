// axe-core on every state of the page, light and dark: no violation.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { open, start, trySample } from './browser.mjs';
import { clear, end, keepingPlace, listen } from './live_server.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let site;
before(async () => { site = await start(); });
after(() => site.close());

/** What axe finds, each with its rule, where, and why. */
async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary.replace(/\s+/g, ' ')}`));
  });
  return found;
}

const clean = async (page, state) => assert.deepEqual(await violations(page), [], state);

test('axe-core finds what is planted', async () => {
  const page = await open(site);
  await page.evaluate(() => document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>'));
  assert.match((await violations(page)).join(), /button-name/);
  await page.done();
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe-core finds nothing: ${colorScheme}`, async () => {
    const page = await open(site, { colorScheme, reducedMotion: 'reduce' });
    await clean(page, 'the empty page');
    await page.click('.privacy summary');
    await clean(page, 'how it is enforced that nothing leaves');
    await trySample(page);
    await clean(page, 'a result');
    await page.click('#kept summary');
    await page.click('[data-act=keep]');
    await page.click('[data-act=share-link]');
    await page.waitForSelector('#share-link:visible');
    await page.waitForSelector('#kept-list li');
    await clean(page, 'what is shared and kept');
    await page.click('.policy summary');
    await page.fill('#policy-window', '1d');
    await page.check('.pick:has-text("prediction") input');
    await page.waitForSelector('#windows table.window-lines');
    await page.waitForSelector('#segments table.segment-lines');
    await clean(page, 'the policy, windows and segments');
    await page.click('.row .name >> nth=0');
    await page.waitForSelector('.histogram svg');
    await clean(page, 'a column');
    await page.click('.modes label:has-text("Replay")');
    await page.waitForSelector('#replay .difference:has-text("No difference")');
    await clean(page, 'a policy that is replayed');
    await page.done();
  });

  test(`axe-core finds nothing beside a server: ${colorScheme}`, async () => {
    const folder = keepingPlace();
    try {
      const server = await listen(folder, 'axe', 0, '--demo');
      const page = await open({ browser: site.browser, address: server.address }, { colorScheme, reducedMotion: 'reduce' });
      await page.waitForSelector('#alerts .alert-lines');
      await clean(page, 'live');
      await page.done();
      await end(server);
    } finally {
      clear(folder);
    }
  });
}
