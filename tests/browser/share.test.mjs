// A finding is shared without its data, a result is kept where somebody asks, and the address holds how it is looked at.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { choose, data, names, open, start, text, trySample, verdict } from './browser.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.close());

const at = (fragment) => ({ ...site, address: site.address + fragment });
const unpacked = (link) => JSON.parse(inflateRawSync(Buffer.from(link.split('#finding=')[1], 'base64url')));

async function link(page) {
  await page.click('[data-act=share-link]');
  await page.waitForFunction(() => document.querySelector('#kept-said').textContent !== '');
  return page.inputValue('#share-link');
}

test('a link shows the finding to somebody who has no data, and holds none', async () => {
  const page = await open(site);
  const said = await trySample(page);
  await page.click('#kept summary');
  const shared = await link(page);
  assert(shared.length <= 8192, `${shared.length} characters`);
  const finding = unpacked(shared);
  assert.equal(finding.schema, 'driftline.report/v1');
  assert.doesNotMatch(JSON.stringify(finding), /current\.csv|baseline\.csv/);
  assert.equal(finding.windows ?? finding.segments, undefined);
  await page.done();

  const other = await open(at(`#${shared.split('#')[1]}`));
  assert.match(await other.innerText('#verdict-title').catch(async () => { await other.waitForSelector('#verdict-title'); return other.innerText('#verdict-title'); }), /^Critical drift: .*distance_from_home/);
  assert.match(said, /distance_from_home/);
  assert.match(await other.innerText('.opened'), /its data is not here/);
  assert((await names(other)).includes('distance_from_home'));
  await other.click('.row .name:has-text("distance_from_home")');
  await other.waitForSelector('.histogram svg');
  // Reloaded, it is still there; with files of one's own it is gone.
  await other.waitForTimeout(500);
  await other.reload();
  await other.waitForSelector('#verdict-title');
  assert.match(await other.innerText('.opened'), /its data is not here/);
  await trySample(other, 'bike_sharing');
  await other.waitForSelector('.opened', { state: 'detached' });
  await other.waitForFunction(() => !window.location.hash.includes('finding'));
  await other.done();
});

test('levels are shared by number, and by name where somebody asks', async () => {
  const page = await open(site);
  const rows = (towns) => `town\n${Array.from({ length: 600 }, (_, i) => towns[((i * i) % 7) % 3]).join('\n')}\n`;
  await choose(page, text('baseline.csv', rows(['Oslo', 'Rome', 'Bonn'])), text('current.csv', rows(['Rome', 'Bonn', 'Lima'])));
  await verdict(page);
  await page.click('#kept summary');
  const numbered = unpacked(await link(page));
  assert.doesNotMatch(JSON.stringify(numbered), /Oslo|Rome|Bonn|Lima/);
  assert.deepEqual(numbered.columns[0].bins.map(({ label }) => label), ['level 1', 'level 2', 'level 3', 'new level 1']);
  await page.check('#share-levels');
  const before = await page.inputValue('#share-link');
  await page.click('[data-act=share-link]');
  await page.waitForFunction((before) => document.querySelector('#share-link').value !== before, before);
  assert.match(JSON.stringify(unpacked(await page.inputValue('#share-link'))), /Lima/);
  await page.done();
});

test('a saved finding and a saved report are opened where files are, and what is neither is told', async () => {
  const page = await open(site);
  await choose(page, data('noaa_weather/baseline.csv'), data('noaa_weather/current.csv'));
  const said = await verdict(page);
  await page.click('#kept summary');
  const [finding] = await Promise.all([page.waitForEvent('download'), page.click('[data-act=share-file]')]);
  const [report] = await Promise.all([page.waitForEvent('download'), page.click('[data-save=json], [data-act=save-json]')]);
  await page.reload();
  await page.waitForSelector('#baseline-file', { state: 'attached' });
  await page.setInputFiles('#baseline-file', { name: 'report.json', mimeType: 'application/json', buffer: readFileSync(await report.path()) });
  await page.waitForSelector('#verdict-title');
  assert.equal(await page.innerText('#verdict-title'), said);
  await page.click('#kept summary');
  await page.setInputFiles('#open-report', { name: 'finding.json', mimeType: 'application/json', buffer: readFileSync(await finding.path()) });
  await page.waitForFunction(() => document.querySelector('.verdict').innerText.includes('shared:'));
  await page.setInputFiles('#open-report', { name: 'other.json', mimeType: 'application/json', buffer: Buffer.from('{"a": 1}') });
  await page.waitForSelector('.failure:has-text("expected a report")');
  assert.match(await page.innerText('.verdict'), /shared:/, 'what was shown stays');
  await page.done();
});

test('nothing is kept unless somebody asks, and what is kept is deleted for good', async () => {
  const page = await open(site);
  const said = await trySample(page);
  const stores = () => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  await page.click('#kept summary');
  assert.deepEqual(await stores(), []);
  await page.click('[data-act=keep]');
  await page.waitForSelector('#kept-list li');
  await page.click('[data-act=keep]');
  await page.waitForSelector('#kept-list li >> nth=1');
  const stored = await page.evaluate(() => new Promise((done) => {
    const opening = indexedDB.open('driftline');
    opening.onsuccess = () => {
      const all = opening.result.transaction('results').objectStore('results').getAll();
      all.onsuccess = () => { opening.result.close(); done(all.result); };
    };
  }));
  assert.deepEqual(Object.keys(stored[0]).sort(), ['at', 'id', 'name', 'text']);
  assert.equal(JSON.parse(stored[0].text).schema, 'driftline.report/v1');
  await page.goto('about:blank');
  await page.goto(site.address);
  await page.waitForSelector('#kept summary');
  await page.click('#kept summary');
  await page.click('#kept-list [data-act=kept-open] >> nth=0');
  await page.waitForSelector('#verdict-title');
  assert.equal(await page.innerText('#verdict-title'), said);
  await page.click('#kept-list [data-act=kept-delete] >> nth=0');
  await page.waitForFunction(() => document.querySelectorAll('#kept-list li').length === 1);
  await page.click('[data-act=kept-clear]');
  await page.waitForSelector('#kept-list li', { state: 'detached' });
  assert.deepEqual(await stores(), []);
  await page.done();
});

test('the address opens the same view again', async () => {
  const page = await open(site);
  await trySample(page);
  await page.click('.row .name:has-text("distance_from_home")');
  await page.waitForFunction(() => window.location.hash.includes('column='));
  const { hash } = new URL(page.url());
  assert.match(hash, /sample=transactions/);
  assert.match(hash, /column=distance_from_home/);
  await page.done();
  const other = await open(at(hash));
  await other.waitForSelector('#verdict-title');
  await other.waitForSelector('.histogram svg');
  assert.equal(new URL(other.url()).hash, hash);
  // So does one that is put in while the page is open.
  await other.evaluate(() => { window.location.hash = 'sample=transactions&column=transaction_hour'; });
  await other.waitForFunction(() => document.querySelector('#column-title')?.textContent.includes('transaction_hour'));
  await other.done();
  // How the table is sorted and filtered, and the policy.
  const sorted = await open(site);
  await trySample(sorted);
  await sorted.click('.heads [data-sort="PSI"]');
  await sorted.fill('#filter', 'a');
  await sorted.click('.chips [data-severity="critical"]');
  await sorted.click('#policy summary');
  await sorted.fill('#policy-toml', 'bins = 20\n');
  await sorted.waitForFunction(() => window.location.hash.includes('policy='));
  const rows = (of) => of.evaluate(() => [...document.querySelectorAll('.row .name')].map((name) => name.textContent));
  await sorted.waitForFunction(() => document.querySelector('.policy .changed:not([hidden])'));
  const view = new URL(sorted.url()).hash;
  for (const part of ['sort=-psi', 'find=a', 'severity=critical', 'policy=bins%20%3D%2020%0A']) {
    assert.ok(view.includes(part), `${part} in ${view}`);
  }
  const seen = await rows(sorted);
  assert.ok(seen.length > 0);
  await sorted.done();
  const resumed = await open(at(view));
  await resumed.waitForFunction((names) => JSON.stringify([...document.querySelectorAll('.row .name')].map((name) => name.textContent)) === names, JSON.stringify(seen));
  assert.equal(await resumed.inputValue('#filter'), 'a');
  assert.equal(await resumed.inputValue('#policy-toml'), 'bins = 20\n');
  assert.equal(await resumed.getAttribute('.chips [data-severity="critical"]', 'aria-pressed'), 'true');
  await resumed.waitForTimeout(500);
  assert.equal(new URL(resumed.url()).hash, view);
  await resumed.done();
  // Files of somebody's own are never named.
  const own = await open(site);
  await choose(own, data('noaa_weather/baseline.csv'), data('noaa_weather/current.csv'));
  await verdict(own);
  await own.waitForTimeout(500);
  assert.equal(new URL(own.url()).hash, '');
  await own.done();
});
