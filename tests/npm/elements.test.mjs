// <driftline-dashboard> and <driftline-badge> in the examples' pages, under the strict policy.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { VERDICTS } from '../../npm/dist/element_badge.js';
import { compare, Comparison } from '../../npm/dist/node.js';
import { example, launch, open, ROOT } from './package.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const SAMPLE = join(ROOT, 'web/samples/transactions');

/** The plain page with its files. */
async function plainPage(t, options) {
  const { folder, remove } = example('html');
  t.after(remove);
  mkdirSync(join(folder, 'data'));
  for (const name of ['baseline.csv', 'current.csv']) cpSync(join(SAMPLE, name), join(folder, 'data', name));
  const opened = await open(t, browser, folder, 'index.html', options);
  await opened.page.evaluate(() => document.getElementById('given').ready);
  return opened;
}

const picture = (page, name) => (process.env.DRIFTLINE_PICTURES ? page.screenshot({ path: join(process.env.DRIFTLINE_PICTURES, `${name}.png`), fullPage: true }) : undefined);

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds in the elements; the example's own words are not theirs. */
async function violations(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations: found } = await window.axe.run(document, { resultTypes: ['violations'] });
    return found.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary.replace(/\s+/g, ' ')}`));
  });
}

test('importing the elements where there is no page does nothing', async () => {
  const { Dashboard, Badge } = await import('../../npm/dist/element.js');
  assert.equal(typeof Dashboard, 'function');
  assert.equal(typeof Badge, 'function');
});

test('a badge says the verdict as every front does', async () => {
  const { json, report } = await compare({ baseline: 'a\n1\n2\n', current: 'a\n1\n', now: 0 });
  assert.equal(report.severity, 'inconclusive');
  for (const [severity, [icon, word]] of Object.entries(VERDICTS)) {
    const html = await new Comparison(json.replace(/"severity": ?"inconclusive"/, `"severity":"${severity}"`)).html();
    assert.ok(html.includes(`<title>${word} ·`), `${severity}: ${html.match(/<title>.*<\/title>/)[0]}`);
    assert.ok(html.includes(`<h1 class="${severity}"><span class="icon" aria-hidden="true">${icon}`), severity);
  }
});

test('a plain page shows the report, readable, in both themes and on a phone', async (t) => {
  const { page, amiss } = await plainPage(t);
  const dashboard = page.locator('#given');
  await dashboard.locator('h1').waitFor();
  assert.match(await dashboard.locator('h1').textContent(), /drift/i);
  assert.ok(await dashboard.locator('table.summary tbody tr').count() >= 5);
  assert.ok(await dashboard.locator('svg').count() >= 5);
  assert.equal(await dashboard.locator('[part=chooser]').isVisible(), false);
  assert.match(await page.locator('driftline-badge').locator('[part=word]').textContent(), /Critical/);
  // What is folded opens, and links inside lead there.
  const column = dashboard.locator('details.column').last();
  await column.locator('summary').first().click();
  assert.equal(await column.evaluate((details) => details.open), true);
  await picture(page, 'plain-light');
  assert.deepEqual(await violations(page), [], 'light');
  const ground = () => dashboard.evaluate((each) => getComputedStyle(each).backgroundColor);
  const light = await ground();
  await page.evaluate(() => { document.getElementById('given').setAttribute('theme', 'dark'); });
  const dark = await ground();
  assert.notEqual(dark, light, 'the attribute decides');
  await page.evaluate(() => { document.getElementById('given').removeAttribute('theme'); });
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.equal(await ground(), dark, 'without it the system does');
  await picture(page, 'plain-dark');
  assert.deepEqual(await violations(page), [], 'dark');
  await page.setViewportSize({ width: 390, height: 844 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is wider than a phone');
  await picture(page, 'plain-phone');
  assert.match(await page.textContent('#said'), /^Rollback, on paper: psi_score is /);
  assert.deepEqual(amiss, []);
});

test('files are chosen, read with progress, cancelled, and errors say what to do', async (t) => {
  const { page, amiss } = await plainPage(t);
  await page.evaluate(() => {
    window.told = [];
    const chosen = document.getElementById('chosen');
    for (const name of ['progress', 'result', 'alert', 'rollback', 'error']) chosen.addEventListener(`driftline-${name}`, ({ detail }) => window.told.push([name, detail.severity ?? detail.code ?? detail.name ?? detail.source]));
  });
  const told = () => page.evaluate(() => window.told.splice(0));
  const chosen = page.locator('#chosen');
  const inputs = chosen.locator('input[type=file]');
  await inputs.nth(0).setInputFiles(join(SAMPLE, 'baseline.csv'));
  assert.match(await chosen.locator('[part=place] span').first().textContent(), /baseline\.csv, \d+ KB/);
  await inputs.nth(1).setInputFiles(join(SAMPLE, 'current.csv'));
  await chosen.locator('h1').waitFor();
  await page.waitForFunction(() => document.getElementById('chosen').status === 'done');
  const first = await told();
  assert.deepEqual(first.find(([name]) => name === 'result'), ['result', 'critical']);
  assert.ok(first.some(([name]) => name === 'alert'), JSON.stringify(first));

  await inputs.nth(1).setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0]) });
  const error = chosen.locator('[part=error]');
  await error.waitFor();
  assert.match(await error.textContent(), /photo\.png: this is a PNG image.*Choose another file/s);
  assert.deepEqual((await told()).filter(([name]) => name !== 'progress'), [['error', 'read']]);

  // A file that takes long is let go of in the middle.
  await page.evaluate(() => {
    const part = new TextEncoder().encode('150.0,14,1.5,3,5.0\n'.repeat(100_000));
    const endless = new ReadableStream({ pull: (stream) => { stream.enqueue(part); } });
    window.endless = document.getElementById('chosen').compare({ baseline: endless, current: 'a\n1\n' }).catch(({ name }) => name);
  });
  await chosen.locator('[part=cancel]').click();
  assert.equal(await page.evaluate(() => window.endless), 'AbortError');
  assert.deepEqual(amiss, []);
});

test('elements are moved, removed and made again without a trace', async (t) => {
  const { page, amiss } = await plainPage(t);
  const found = await page.evaluate(async () => {
    const given = document.getElementById('given');
    let results = 0;
    given.addEventListener('driftline-result', () => { results += 1; });
    const before = given.comparison;
    document.body.append(given); // moved
    await new Promise((done) => { setTimeout(done, 50); });
    const isKept = given.comparison === before && results === 0;
    for (const each of document.querySelectorAll('driftline-dashboard, driftline-badge')) each.remove();
    const held = [];
    for (let at = 0; at < 30; at += 1) {
      const element = document.createElement(at % 2 ? 'driftline-badge' : 'driftline-dashboard');
      element.baseline = 'a\n1\n2\n';
      element.current = 'a\n1\n';
      document.body.append(element);
      if (at % 3) await element.ready;
      element.remove();
      held.push(new WeakRef(element));
    }
    await new Promise((done) => { setTimeout(done, 300); });
    window.held = held;
    // Set before it is defined, as frameworks do.
    const early = document.createElement('driftline-badge');
    early.setAttribute('theme', 'dark');
    Object.defineProperty(early, 'baseline', { value: 'a\n1\n', writable: true, configurable: true, enumerable: true });
    early.current = 'a\n1\n';
    document.body.append(early);
    await early.ready;
    return { isKept, severity: early.report.severity };
  });
  assert.deepEqual(found, { isKept: true, severity: 'inconclusive' });
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.collectGarbage');
  const left = await page.evaluate(() => window.held.filter((each) => each.deref()).length);
  assert.ok(left <= 1, `${left} of 30 elements are still held`);
  assert.deepEqual(amiss, []);
});

test('React gives it files and hears its events', async (t) => {
  const { folder, remove } = example('react', ['react', 'react-dom', 'scheduler']);
  t.after(remove);
  execFileSync('node', [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', folder, '--logLevel', 'warn'], { cwd: folder, stdio: 'inherit' });
  const { page, amiss } = await open(t, browser, join(folder, 'dist'), 'index.html');
  await page.setInputFiles('#baseline', join(SAMPLE, 'baseline.csv'));
  await page.setInputFiles('#current', join(SAMPLE, 'current.csv'));
  await page.locator('driftline-dashboard').locator('h1').waitFor();
  await page.waitForFunction(() => document.getElementById('verdict').textContent === 'critical');
  await page.click('button:text("Hide")');
  assert.equal(await page.locator('driftline-dashboard').count(), 0);
  await page.click('button:text("Show")');
  await page.locator('driftline-dashboard').locator('h1').waitFor();
  assert.deepEqual(amiss, []);
});

test('a frame answers its portal and nobody else', async (t) => {
  const { folder, remove } = example('iframe');
  t.after(remove);
  const { page, amiss } = await open(t, browser, folder, 'index.html', {}, { frames: true });
  await page.waitForFunction(() => document.getElementById('said').textContent === 'ready');
  await page.setInputFiles('#baseline', join(SAMPLE, 'baseline.csv'));
  await page.setInputFiles('#current', join(SAMPLE, 'current.csv'));
  await page.waitForFunction(() => document.getElementById('said').textContent.startsWith('critical; rollback: '));
  assert.deepEqual(amiss, []);
  // The same frame in a page of another origin says nothing.
  const stranger = await page.context().newPage();
  const address = new URL('frame.html#portal=https%3A%2F%2Fexample.org', page.url()).href;
  const heard = await stranger.goto(page.url().replace('localhost', '127.0.0.1')).then(() => stranger.evaluate((src) => new Promise((done) => {
    window.addEventListener('message', ({ data }) => { if (data?.driftline) done(data); });
    const frame = document.createElement('iframe');
    frame.src = src;
    document.body.append(frame);
    setTimeout(done, 1500, 'nothing');
  }), address));
  assert.equal(heard, 'nothing');
});

test('custom-elements.json says what the elements have', async (t) => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'npm/custom-elements.json'), 'utf8'));
  const { page } = await plainPage(t);
  for (const { tagName, attributes, members, cssParts } of manifest.modules[0].declarations) {
    const found = await page.evaluate(([tag, names]) => {
      const element = document.querySelector(tag);
      return {
        absent: names.filter((name) => !(name in element)),
        parts: [...element.shadowRoot.querySelectorAll('[part]')].map((each) => each.getAttribute('part')),
        observed: element.constructor.observedAttributes,
      };
    }, [tagName, members.map(({ name }) => name)]);
    assert.deepEqual(found.absent, [], tagName);
    const known = new Set(cssParts.map(({ name }) => name));
    assert.deepEqual(found.parts.filter((part) => !known.has(part)), [], tagName);
    for (const name of found.observed) assert.ok(attributes.some((attribute) => attribute.name === name), name);
  }
});
