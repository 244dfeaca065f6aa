// How long the page takes, over loopback and with nothing cached, until something is painted and until the sample's
// verdict stands there: medians of fresh browsers, in milliseconds since the navigation began.
//
//   node bench/first_paint.mjs [ROUNDS]
//
// dist/ is the page that is opened (scripts/page builds it); CHROMIUM names the browser.
import { open, start } from '../tests/browser/browser.mjs';

const rounds = Number(process.argv[2] ?? 9);
const median = (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];

async function round() {
  // A browser of its own: compiled code is cached beyond a context.
  const site = await start();
  try {
    const page = await open({ ...site, address: `${site.address}#sample=transactions` });
    await page.waitForSelector('#verdict-title', { state: 'visible' });
    const times = await page.evaluate(() => new Promise((done) => {
      // The frame after the one that holds the verdict: it has been painted.
      requestAnimationFrame(() => requestAnimationFrame((verdict) => {
        const [first] = performance.getEntriesByName('first-contentful-paint');
        done({ first: first?.startTime ?? NaN, verdict });
      }));
    }));
    await page.done();
    return times;
  } finally {
    await site.close();
  }
}

const times = [];
for (let n = 0; n < rounds; n += 1) times.push(await round());
const say = (key) => {
  const all = times.map((time) => time[key]);
  return `${median(all).toFixed(0)} ms (${Math.min(...all).toFixed(0)} to ${Math.max(...all).toFixed(0)})`;
};
console.log(`first paint ${say('first')}\nverdict on the sample ${say('verdict')}\nmedian of ${rounds} fresh browsers`);
