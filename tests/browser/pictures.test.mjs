// How the page looks, compared with pictures of how it should: light, dark, narrow, and printed.
//
//   UPDATE_SCREENS=1 node --test tests/browser/pictures.test.mjs     makes them anew; look at them before they are checked in
//
// Letters are made of bars, so that no font of a machine matters; and pictures are compared small, cell by cell, so that a
// pixel more or less of a line does not. What moved, vanished or changed its colour is seen all the same.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import { ROOT, open, start, trySample } from './browser.mjs';

const EXPECTED = join(ROOT, 'tests/browser/pictures');
const FOUND = process.env.DRIFTLINE_SCREENS ?? mkdtempSync(join(tmpdir(), 'driftline-pictures-'));
const UPDATE = process.env.UPDATE_SCREENS === '1';
/** Share of cells that may differ, and by how much of black to white each. */
const DIFFERENT = 0.02;
const TOLERANCE = 0.16;
/** Pixels of the page to a cell's side. */
const CELL = 3;

let site;
before(async () => {
  mkdirSync(EXPECTED, { recursive: true });
  mkdirSync(FOUND, { recursive: true });
  site = await start();
});
after(() => site.close());

/** The mean colour of every cell. */
function smaller(picture) {
  const small = new PNG({ width: Math.floor(picture.width / CELL), height: Math.floor(picture.height / CELL) });
  for (let y = 0; y < small.height; y += 1) {
    for (let x = 0; x < small.width; x += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        let sum = 0;
        for (let dy = 0; dy < CELL; dy += 1) for (let dx = 0; dx < CELL; dx += 1) sum += picture.data[4 * ((y * CELL + dy) * picture.width + x * CELL + dx) + channel];
        // Four bits a channel: what is not seen is not kept.
        small.data[4 * (y * small.width + x) + channel] = Math.min(255, Math.round(sum / CELL / CELL / 8) * 8);
      }
      small.data[4 * (y * small.width + x) + 3] = 255;
    }
  }
  return small;
}

async function compare(page, name) {
  const found = smaller(PNG.sync.read(await page.screenshot({ fullPage: true, animations: 'disabled' })));
  const file = join(EXPECTED, `${name}.png`);
  if (UPDATE) {
    writeFileSync(file, PNG.sync.write(found, { colorType: 2, deflateLevel: 9 }));
    return;
  }
  assert(existsSync(file), `no picture ${name}: UPDATE_SCREENS=1 makes it`);
  writeFileSync(join(FOUND, `${name}.png`), PNG.sync.write(found));
  const expected = PNG.sync.read(readFileSync(file));
  // A font that is not there can move what is below it by a line.
  assert(Math.abs(expected.height - found.height) <= 0.02 * expected.height + 4 && expected.width === found.width, `${name}: expected ${expected.width} × ${expected.height} cells, found ${found.width} × ${found.height}; see ${FOUND}`);
  const height = Math.min(expected.height, found.height);
  const cut = (picture) => picture.data.subarray(0, 4 * picture.width * height);
  const difference = new PNG({ width: expected.width, height });
  const cells = pixelmatch(cut(expected), cut(found), difference.data, expected.width, height, { threshold: TOLERANCE, includeAA: true });
  writeFileSync(join(FOUND, `${name}-difference.png`), PNG.sync.write(difference));
  assert(cells <= DIFFERENT * expected.width * height, `${name}: ${((100 * cells) / expected.width / height).toFixed(1)} % of the cells differ; see ${FOUND}`);
}

/** One font whatever the machine has; the caret and what counts seconds do not blink. */
const steady = (page) => page.evaluate(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { font-family: "DejaVu Sans", Verdana, sans-serif !important; caret-color: transparent !important; } ::-webkit-scrollbar { display: none; }');
  document.adoptedStyleSheets = [sheet];
});

const VIEWS = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['narrow', { colorScheme: 'light', viewport: { width: 390, height: 844 } }],
];

for (const [name, options] of VIEWS) {
  test(`as in the pictures: ${name}`, async () => {
    const page = await open(site, { reducedMotion: 'reduce', ...options });
    await steady(page);
    await compare(page, `${name}-empty`);
    await trySample(page);
    await page.click('.row .name >> nth=0');
    await page.waitForSelector('.histogram svg');
    await page.mouse.move(0, 0);
    await compare(page, `${name}-result`);
    await page.done();
  });
}

test('as in the picture: printed, whatever the theme, with nothing to press', async () => {
  const page = await open(site, { reducedMotion: 'reduce', colorScheme: 'dark', viewport: { width: 760, height: 1000 } });
  await page.click('.segments label:has-text("Dark")');
  await trySample(page);
  await page.click('.row .name >> nth=0');
  await page.waitForSelector('.histogram svg');
  await page.emulateMedia({ media: 'print' });
  await steady(page);
  const shown = await page.evaluate(() => [...document.querySelectorAll('button:not([data-row]), input, select, [data-act]')]
    .filter((element) => element.checkVisibility() && !element.closest('th') && element.tagName !== 'SELECT').map((element) => element.outerHTML.slice(0, 100)));
  assert.deepEqual(shown, [], 'controls on paper');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth), false);
  await compare(page, 'printed');
  const pdf = await page.pdf({ preferCSSPageSize: true });
  assert.match(pdf.subarray(0, 8).toString('latin1'), /^%PDF-/);
  await page.done();
});
