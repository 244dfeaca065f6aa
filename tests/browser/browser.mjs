// A browser on the built page, watched: every request, console message and error is recorded, and
// a test ends with the claim that none of them was amiss.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from '../../scripts/serve.mjs';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const data = (path) => join(ROOT, 'tests/data', path);

const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** The page on a server of its own, below a path, as on any static host. */
export async function start() {
  assert(existsSync(join(ROOT, 'dist/index.html')), 'no dist/: run scripts/page first');
  const server = await serve(join(ROOT, 'dist'), { base: '/a/b/' });
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS });
  return {
    address: server.address,
    browser,
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** Opens the page, once `prepare` has had its way with the context; without its service worker, unless a test is about that.
 * `page.asked()` lists what the counting worker was asked for; `page.done()` ends the test. */
export async function open({ browser, address }, options = {}, prepare = async () => {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true, serviceWorkers: 'block', ...options });
  await prepare(context);
  const page = await context.newPage();
  const amiss = [];
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(address.split('#')[0]) && !url.startsWith('blob:') && !url.startsWith('data:')) amiss.push(`request to ${url}`);
    if (request.method() !== 'GET') amiss.push(`${request.method()} ${url}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400) amiss.push(`${response.status()} ${response.url()}`);
  });
  page.on('console', (message) => {
    const isOurs = message.text() === 'Service Worker registration blocked by Playwright';
    if (['error', 'warning'].includes(message.type()) && !isOurs) amiss.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => amiss.push(`page error: ${error.message}`));
  await page.addInitScript(() => {
    window.asked = [];
    // The requests of the counting worker, in the order in which message.rs lists them: a message begins with its number.
    const REQUESTS = ['load', 'count', 'cancel'];
    window.Worker = class extends Worker {
      constructor(address, options) {
        super(address, options);
        const { content } = document.querySelector('meta[name=driftline-worker]');
        this.counts = String(address) === new URL(content, document.baseURI).href;
      }
      postMessage(data, ...rest) {
        if (this.counts) window.asked.push(REQUESTS[data.message[0]]);
        return super.postMessage(data, ...rest);
      }
    };
    document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(address);
  await page.waitForSelector('#baseline-file, .live-bar', { state: 'attached' });
  page.asked = () => page.evaluate(() => window.asked);
  page.amiss = amiss;
  // The folder of the reporter's files, in the address of its worker.
  page.reporter = (await page.getAttribute('meta[name=driftline-reporter]', 'content')).replace(/\/[^/]*$/, '');
  /** What a test has brought about itself is not amiss. */
  page.forgive = (pattern) => amiss.splice(0, Infinity, ...amiss.filter((line) => !pattern.test(line)));
  page.done = async () => {
    assert.deepEqual(amiss, []);
    await context.close();
  };
  return page;
}

/** Chooses both files, in place of those that are there; the second choice begins the reading. */
export async function choose(page, baseline, current) {
  for (const side of ['baseline', 'current']) {
    const remove = page.locator(`[aria-label="Remove the ${side} file"]`);
    if (await remove.count()) await remove.click();
  }
  await page.setInputFiles('#baseline-file', baseline);
  await page.setInputFiles('#current-file', current);
}

export async function verdict(page) {
  await page.waitForSelector('.tray .samples');
  await page.waitForSelector('#verdict-title');
  return page.innerText('#verdict-title');
}

/** The sample with a known answer. */
export async function trySample(page, folder = 'transactions') {
  await page.click(`[data-sample=${folder}]`);
  await page.waitForSelector('#verdict-title');
  return verdict(page);
}

/** The names of the rows that are there. */
export const names = async (page) => {
  await page.waitForSelector('.row .name, .nothing');
  return page.locator('.row .name').allInnerTexts();
};

/** Waits until something holds. */
export async function until(holds, patience = 10_000) {
  const end = Date.now() + patience;
  while (!await holds()) {
    assert(Date.now() < end, `never came true: ${holds}`);
    await new Promise((soon) => { setTimeout(soon, 20); });
  }
}

/** A file that exists only in this test. */
export const text = (name, content) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
