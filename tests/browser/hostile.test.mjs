// Data that wants to be a program: names, levels, files and models that are markup, script, names of an object's own
// properties, text that turns its neighbours round, or very long. Nothing of it is executed, and the page goes on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { choose, names, open, start, text, verdict } from './browser.mjs';
import { clear, end, keepingPlace, listen } from './live_server.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.close());

const ATTACK = 'window.__pwned=1,alert(1)';
const NAMES = [
  `<script>${ATTACK}</script>`,
  `<img src=x onerror=${ATTACK}>`,
  `"><svg onload=${ATTACK}>`,
  `' onfocus=${ATTACK} autofocus='`,
  `javascript:${ATTACK}`,
  `</style></script></textarea></title><iframe srcdoc="<script>${ATTACK}</script>">`,
  `{{constructor.constructor('${ATTACK}')()}}`,
  '__proto__',
  'constructor',
  'toString',
  '&lt;b&gt; &amp; &#60;i&#62;',
  '\u202egnp.exe\u202c \u2066x\u2069',
  'مرحبا بالعالم',
  '\ud83d\udca9 e\u0301\u0300\u0301\u0300 \u200d',
  '../../etc/passwd\u0000%00%2e%2e',
  '#/?mode=live&policy=%ff%',
  'x'.repeat(4000),
  '=cmd|\'/c calc\'!A1',
];
const quoted = (value) => `"${value.replaceAll('"', '""')}"`;

/** Each hostile text is a column, and a level of every column; the current rows move and bring new levels. */
function file(side) {
  const rows = [NAMES.map(quoted).join(',')];
  for (let i = 0; i < 900; i += 1) {
    rows.push(NAMES.map((_, column) => {
      if (column % 3 === 2) return String((i * 37) % 101 + (side === 'current' ? 40 : 0));
      const level = NAMES[(i * (side === 'current' ? i % 3 : 1) + column) % NAMES.length];
      return quoted(side === 'current' && i % 9 === 0 ? `${level} new` : level);
    }).join(','));
  }
  return text(`${side === 'current' ? `<img src=x onerror=${ATTACK}>current` : 'baseline'}.csv`, `${rows.join('\n')}\n`);
}

/** Nothing ran, nothing was put into the page as an element, nothing is wider than the page. */
async function unharmed(page, dialogs, state) {
  const found = await page.evaluate(() => ({
    pwned: window.__pwned ?? null,
    polluted: Object.keys(Object.prototype).concat(Object.keys(Array.prototype)),
    foreign: [...document.querySelectorAll('main script, main img, main iframe, main style, main object, main [onload], main [onerror], main [onfocus], main a[href^="javascript"]')].map((e) => e.outerHTML.slice(0, 200)),
    broken: 'broken' in document.body.dataset,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }));
  assert.deepEqual({ ...found, wide: Math.max(found.wide, 0), dialogs }, { pwned: null, polluted: [], foreign: [], broken: false, wide: 0, dialogs: [] }, state);
}

async function watched(page) {
  const dialogs = [];
  page.on('dialog', (dialog) => { dialogs.push(dialog.message()); dialog.dismiss(); });
  return dialogs;
}

test('hostile files are compared, shown and saved, and nothing of them runs', async () => {
  const page = await open(site);
  const dialogs = await watched(page);
  await choose(page, file('baseline'), file('current'));
  assert.match(await verdict(page), /drift/i);
  await unharmed(page, dialogs, 'the result');
  assert((await names(page)).length > 10);
  for (const at of [0, 2, 5]) {
    await page.locator('.row .name').nth(at).click();
    await page.waitForSelector('.histogram svg');
    await unharmed(page, dialogs, `column ${at}`);
    await page.click('.detail [data-act=close]');
  }
  await page.click('.policy summary');
  await page.fill('#policy-window', '300rows');
  await page.press('#policy-window', 'Enter');
  await page.waitForSelector('#windows table.window-lines');
  await page.locator('.pick input').first().check();
  await page.waitForSelector('#segments table.segment-lines');
  await unharmed(page, dialogs, 'windows and segments');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-save=html]')]);
  const saved = readFileSync(await download.path(), 'utf8');
  assert.doesNotMatch(saved, /<script|<img|<iframe|<svg onload/i);
  const [json] = await Promise.all([page.waitForEvent('download'), page.click('[data-save=json]')]);
  assert(JSON.parse(readFileSync(await json.path(), 'utf8')).columns.some(({ name }) => name === '__proto__'));
  await page.done();
});

test('a saved report of hostile files runs nothing either', async () => {
  const page = await open(site);
  await choose(page, file('baseline'), file('current'));
  await verdict(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-save=html]')]);
  const report = await page.context().newPage();
  const dialogs = await watched(report);
  await report.setContent(readFileSync(await download.path(), 'utf8'));
  await report.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
  assert.equal(await report.evaluate(() => window.__pwned ?? null), null);
  assert.equal(await report.locator('script, img, iframe, [onload], [onerror]').count(), 0);
  assert.deepEqual(dialogs, []);
  await page.done();
});

test('a finding of hostile files runs nothing at whoever opens its link', async () => {
  const page = await open(site);
  await choose(page, file('baseline'), file('current'));
  await verdict(page);
  await page.locator('.row .name:has-text("onerror")').click();
  await page.click('#kept summary');
  await page.check('#share-levels');
  await page.click('[data-act=share-link]');
  await page.waitForSelector('#share-link:visible');
  const link = await page.inputValue('#share-link');
  await page.done();
  const other = await open({ ...site, address: site.address + link.slice(link.indexOf('#')) });
  const dialogs = await watched(other);
  await other.waitForSelector('#verdict-title');
  await other.locator('.row .name').first().click();
  await other.waitForSelector('.histogram svg');
  await unharmed(other, dialogs, 'the finding');
  await other.done();
});

test('a fragment that means harm is ignored', async () => {
  for (const fragment of [
    '#mode=<script>alert(1)</script>', `#column=${encodeURIComponent(NAMES[1])}&sort=__proto__`, '#%', '#%ff%fe=%00', '#====&&&&', `#filter=${'%F0%9F%92%A9'.repeat(4000)}`,
    '#finding=AAAA', `#finding=${'A'.repeat(100_000)}`, '#policy=%5B%5B%5B%5B', '#sample=..%2F..%2Fetc&mode=replay',
  ]) {
    const page = await open({ ...site, address: site.address + fragment });
    const dialogs = await watched(page);
    if (fragment.startsWith('#finding')) await page.waitForSelector('.failure:has-text("expected a report")');
    else await page.waitForTimeout(150);
    await unharmed(page, dialogs, fragment);
    await page.context().close();
  }
});

test('a model and its events that mean harm are shown as what they are', async () => {
  const folder = keepingPlace();
  try {
    const server = await listen(folder, 'hostile', 0, '--learn', '300');
    const post = async (model, i) => fetch(`${server.address}monitor`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, features: Object.fromEntries([...NAMES.slice(0, 7), ...NAMES.slice(8, 14)].map((name, column) => [name, column % 2 ? (i * 37) % 101 : NAMES[(i + column) % NAMES.length]])), prediction: NAMES[i % 5], latency_ms: 5 + (i % 7) }),
    });
    const first = await post(NAMES[1], 0);
    const model = first.ok ? NAMES[1] : 'model';
    for (let i = 0; i < 700; i += 1) {
      const answer = await post(model, i);
      assert(answer.ok, `${answer.status} ${await answer.text()}`);
    }
    const page = await open({ browser: site.browser, address: server.address });
    const dialogs = await watched(page);
    await page.waitForSelector('.live[data-link=up]');
    await page.waitForSelector('#verdict-title', { timeout: 40_000 });
    await page.waitForSelector('#alerts .alert-lines');
    await unharmed(page, dialogs, 'live');
    await page.done();
    await end(server);
  } finally {
    clear(folder);
  }
});
