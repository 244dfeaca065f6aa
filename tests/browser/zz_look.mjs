import { open, start, trySample } from './browser.mjs';
const site = await start();
for (const [name, options] of [['light', { colorScheme: 'light' }], ['dark', { colorScheme: 'dark' }], ['narrow', { viewport: { width: 390, height: 844 } }]]) {
  const page = await open(site, { reducedMotion: 'reduce', ...options });
  await trySample(page);
  await page.waitForSelector('#alerts .alert-lines');
  await page.screenshot({ path: `/tmp/rep_out/page-${name}.png`, fullPage: true, timeout: 90000 });
  await page.locator('#alerts').screenshot({ path: `/tmp/rep_out/alerts-${name}.png`, timeout: 90000 });
  await page.locator('#model').screenshot({ path: `/tmp/rep_out/model-${name}.png`, timeout: 90000 });
}
await site.close();
