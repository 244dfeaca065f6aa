// Paints web/icon.svg into the sizes that systems ask of an installed page; run by hand when the drawing changes.
//
//   CHROMIUM=… node scripts/make_icons.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const WEB = join(dirname(dirname(fileURLToPath(import.meta.url))), 'web');
const svg = readFileSync(join(WEB, 'icon.svg'), 'utf8');
// A system cuts a maskable icon to its own shape: ground to the edges, and the drawing within four fifths.
const maskable = svg.replace(/ rx="\d+"/, '').replace(/<path.*(?=<\/svg>)/, (paths) => `<g transform="translate(20 20) scale(.82) translate(-20 -20)">${paths}</g>`);

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [size, drawing] of [[192, svg], [512, maskable]]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${drawing}`);
  writeFileSync(join(WEB, `icon-${size}.png`), await page.screenshot({ omitBackground: true }));
}
await browser.close();
