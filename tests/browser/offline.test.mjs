// The page without a network, and installed; and that a newer one is never hidden by what is kept of an older one.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT, open, start, trySample } from './browser.mjs';
import { clear, end, keepingPlace, listen } from './live_server.mjs';
import { serve } from '../../scripts/serve.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.close());

const ALLOW = { serviceWorkers: 'allow' };

/** Waits until everything is kept. */
const isKept = (page) => page.evaluate(async () => {
  const { active } = await navigator.serviceWorker.ready;
  if (active.state !== 'activated') await new Promise((done) => { active.onstatechange = () => active.state === 'activated' && done(); });
});

test('once it was there, the page opens and compares without anybody who serves it', async () => {
  const server = await serve(join(ROOT, 'dist'), { base: '/a/b/' });
  const page = await open({ browser: site.browser, address: server.address }, ALLOW);
  await isKept(page);
  await server.close();
  await page.reload();
  assert.match(await trySample(page), /^Critical drift: .*distance_from_home/);
  // The look for a newer version of the service worker.
  page.forgive(/ERR_CONNECTION_REFUSED/);
  await page.done();
});

test('what a browser asks of a page that can be installed is there', async () => {
  const page = await open(site, ALLOW);
  const client = await page.context().newCDPSession(page);
  const { url, errors, data } = await client.send('Page.getAppManifest');
  assert.match(url, /\/a\/b\/app\.webmanifest$/);
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data);
  for (const { src, type } of manifest.icons) {
    const answer = await page.request.get(new URL(src, url).href);
    assert.equal(answer.headers()['content-type'], type, src);
  }
  await isKept(page);
  const { installabilityErrors } = await client.send('Page.getInstallabilityErrors');
  assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'), []);
  await page.done();
});

test('a newer version is shown at once, and what was kept of the older one goes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'driftline-'));
  try {
    cpSync(join(ROOT, 'dist'), folder, { recursive: true });
    const server = await serve(folder);
    const page = await open({ browser: site.browser, address: server.address }, ALLOW);
    await isKept(page);
    const old = await page.evaluate(() => caches.keys());
    assert.equal(old.length, 1);
    const edit = (file, change) => writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
    edit('index.html', (text) => text.replace('<title>', '<title>Newer '));
    edit('offline.js', (text) => text.replace(/const VERSION = "/, '$&newer'));
    await page.reload();
    assert.match(await page.title(), /^Newer/);
    // No tab is left with the old one: the new one takes over.
    const context = page.context();
    await page.evaluate(async () => { await (await navigator.serviceWorker.getRegistration()).update(); });
    await page.goto('about:blank');
    const next = await context.newPage();
    await next.goto(server.address);
    await next.waitForFunction(async (old) => {
      const names = await caches.keys();
      return names.length === 1 && names[0] !== old;
    }, old[0]);
    await page.done();
    await server.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('beside a server, only the page is kept: never what the server tells', async () => {
  const folder = keepingPlace();
  try {
    const server = await listen(folder, 'kept', 0, '--demo');
    const page = await open({ browser: site.browser, address: server.address }, ALLOW);
    await page.waitForSelector('#verdict-title');
    await isKept(page);
    await page.reload();
    await page.waitForSelector('.live[data-link=up]');
    await page.waitForSelector('#verdict-title');
    const kept = await page.evaluate(async () => {
      const [name] = await caches.keys();
      return (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname);
    });
    assert(kept.includes('/') && kept.length > 15, kept.join());
    assert.deepEqual(kept.filter((path) => /^\/(v1|drift|latency|alerts|metrics|health|openapi.json|monitor)(\/|$)/.test(path)), []);
    // An address of the server's is the server's, and never the page.
    const health = await page.context().newPage();
    await health.goto(`${server.address}health`);
    assert.match(await health.innerText('body'), /"status"/);
    await health.close();
    await end(server);
    await page.reload();
    await page.waitForSelector('.live[data-link=down]');
    await page.click('.modes label:has-text("Files")');
    assert.match(await trySample(page), /^Critical drift/);
    page.forgive(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|Failed to load resource/);
    await page.done();
  } finally {
    clear(folder);
  }
});
