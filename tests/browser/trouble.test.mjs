// What goes wrong is said, with the place and what to do next, and the page goes on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { choose, data, open, start, text, trySample, verdict } from './browser.mjs';

let site;
before(async () => { site = await start(); });
after(() => site.close());

const GOOD = text('baseline.csv', `age,city\n${Array.from({ length: 200 }, (_, i) => `${20 + (i % 40)},${i % 3 ? 'Rome' : 'Oslo'}`).join('\n')}\n`);

const bytes = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 37) % 256));

// What, the file, the place that is named, and whether anything of it could be compared.
const BAD = [
  ['an empty file', text('current.csv', ''), /current\.csv/, '.failure'],
  ['a file of bytes', { name: 'current.csv', mimeType: 'text/csv', buffer: bytes }, /current\.csv, row 1/, '.failure, #problems:not([hidden])'],
  ['an unclosed quote', text('current.csv', `age,city\n30,Rome\n31,"Oslo\n${'32,Rome\n'.repeat(400_000)}`), /current\.csv, row 3/, '.failure, #problems:not([hidden])'],
];

for (const [what, file, place, card] of BAD) {
  test(`${what} is told with its place and what to do, and the page goes on`, async () => {
    const page = await open(site);
    const result = await trySample(page);
    await choose(page, GOOD, file);
    await page.waitForSelector(card);
    assert.match(await page.innerText(card), place);
    assert((await page.innerText(`${card.split(',').pop().trim()} .advice`)).length > 20);
    if (card === '.failure') assert.equal(await page.innerText('#verdict-title'), result, 'the result before it stays');
    await choose(page, data('noaa_weather/baseline.csv'), data('noaa_weather/current.csv'));
    await page.waitForSelector('button[data-row]:has-text("dew_point")');
    assert.equal(await page.locator(card).count(), 0);
    await page.done();
  });
}

test('files without a common column are compared to nothing, in words', async () => {
  const page = await open(site);
  await choose(page, GOOD, text('current.csv', 'x,y\n1,2\n3,4\n'));
  await page.waitForSelector('#verdict-title, .failure');
  assert.match(await page.innerText('main'), /common|found none of them/);
  await page.done();
});

test('a worker that dies is replaced, and says so', async () => {
  const page = await open(site);
  await trySample(page);
  const [worker] = page.workers();
  await worker.evaluate(() => setTimeout(() => { throw new Error('a trap'); }));
  await page.waitForSelector('.failure');
  assert.match(await page.innerText('.failure'), /a trap/);
  await page.click('.failure button');
  // The next change reads the files again by the new worker.
  await page.click('.policy summary');
  await page.fill('#policy-critical', '0.9');
  await page.waitForSelector('tr[data-severity=critical]', { state: 'detached' });
  assert.match(await verdict(page), /^Significant/);
  await page.done();
});

test('the worker has given up the network', async () => {
  const page = await open(site);
  await trySample(page);
  const left = await page.workers()[0].evaluate(() => ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'Worker', 'indexedDB'].filter((name) => self[name] !== undefined));
  assert.deepEqual(left, []);
  await page.done();
});
