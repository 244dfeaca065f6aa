// Writes the synthetic sample of the page: web/samples/transactions/{baseline,current}.csv.
//
//     node scripts/make_samples.mjs            write both files
//     node scripts/make_samples.mjs --check    fail unless the files there are these bytes
//
// Only additions, multiplications, divisions and comparisons of doubles are used, which every engine rounds alike, and
// distributions are tables of quantiles: so the same bytes come out of any version of node, on any machine.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROWS = 5000;
const DAY_SECS = 86_400;
const DAYS = 14; // whole weeks on both sides, so that no weekday and no hour is over-represented
const BASELINE_START = Date.UTC(2024, 0, 1) / 1000; // a Monday
const CURRENT_START = BASELINE_START + DAYS * DAY_SECS;

// Where in the current file things go wrong, as a share of its rows.
const DISTANCE_DRIFTS_FROM = 0.57;
const LATENCY_DEGRADES_FROM = 0.55;

// Each table is a quantile function: [share of values below, value], linear in between.
const AMOUNT = [[0, 0.5], [0.05, 4], [0.2, 14], [0.4, 32], [0.6, 58], [0.8, 110], [0.92, 210], [0.98, 480], [0.997, 1400], [1, 4200]];
const DAYS_SINCE_LAST = [[0, 0], [0.1, 0.1], [0.3, 0.4], [0.5, 0.9], [0.7, 1.7], [0.85, 3.2], [0.95, 7.5], [0.99, 18], [1, 60]];
const DISTANCE_KM = [[0, 0], [0.1, 0.6], [0.25, 1.7], [0.5, 4.2], [0.7, 8], [0.85, 15], [0.95, 38], [0.99, 120], [1, 400]];
const DISTANCE_KM_DRIFTED = [[0, 0.2], [0.1, 6], [0.3, 19], [0.6, 55], [0.85, 160], [0.96, 420], [1, 1900]];
const LATENCY_MS = [[0, 6], [0.05, 10.5], [0.25, 17.5], [0.5, 25], [0.75, 36], [0.9, 50], [0.95, 60], [0.99, 88], [0.999, 145], [1, 210]];
// How the 24 hours share a day's transactions, and how many a customer has made in 24 hours.
const HOUR_WEIGHTS = [9, 6, 4, 3, 3, 5, 12, 24, 38, 46, 50, 54, 60, 58, 52, 50, 52, 58, 64, 62, 50, 38, 26, 15];
const COUNT_24H_WEIGHTS = [0, 300, 260, 180, 110, 65, 38, 22, 12, 7, 4, 2]; // index = count; the transaction itself is one

/** Mulberry32: 32 bits of state, the same stream everywhere. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function quantile(table, share) {
  const above = table.findIndex(([at]) => at > share);
  const [fromShare, from] = table[above - 1];
  const [toShare, to] = table[above];
  return from + ((to - from) * (share - fromShare)) / (toShare - fromShare);
}

function weighted(weights, share) {
  let left = share * weights.reduce((sum, weight) => sum + weight, 0);
  return weights.findIndex((weight) => (left -= weight) < 0);
}

/** What the pretended model says: risk in (0, 1) from the features alone, so that drifted features move it too. */
function fraudRisk({ amount, hour, count, distance }, noise) {
  const score = amount / 400 + distance / 110 + (count - 2) / 5 + (hour < 6 ? 0.5 : 0) + (noise - 0.5) * 1.6 - 2.7;
  return 0.5 + score / (2 * (1.2 + (score < 0 ? -score : score)));
}

function rows(seed, start, drifting) {
  const next = generator(seed);
  const perDay = Math.ceil(ROWS / DAYS);
  const times = [];
  for (let row = 0; row < ROWS; row += 1) {
    const day = Math.floor(row / perDay);
    times.push(start + day * DAY_SECS + weighted(HOUR_WEIGHTS, next()) * 3600 + Math.floor(next() * 3600));
  }
  times.sort((a, b) => a - b);

  return times.map((time, row) => {
    const progress = row / ROWS;
    const drifted = drifting && progress >= DISTANCE_DRIFTS_FROM;
    const slowed = drifting ? Math.max(0, (progress - LATENCY_DEGRADES_FROM) / (1 - LATENCY_DEGRADES_FROM)) : 0;

    const amount = quantile(AMOUNT, next());
    const hour = Math.floor((time % DAY_SECS) / 3600);
    const days = quantile(DAYS_SINCE_LAST, next());
    const count = weighted(COUNT_24H_WEIGHTS, next());
    const distance = quantile(drifted ? DISTANCE_KM_DRIFTED : DISTANCE_KM, next());
    const risk = fraudRisk({ amount, hour, count, distance }, next());
    const fraud = risk > 0.5;
    const latency = quantile(LATENCY_MS, next()) * (1 + 2.6 * slowed);
    const failed = next() < 0.004 + 0.03 * slowed;
    // A customer's first transaction has no earlier one, and some terminals do not say where they are.
    const daysMissing = next() < 0.008;
    const distanceMissing = next() < 0.005;

    return [
      new Date(time * 1000).toISOString().replace(".000Z", "Z"),
      amount.toFixed(2),
      hour,
      daysMissing ? "" : days.toFixed(1),
      count,
      distanceMissing ? "" : distance.toFixed(1),
      failed ? "" : fraud ? "fraud" : "legitimate",
      failed ? "" : (fraud ? risk : 1 - risk).toFixed(3),
      latency.toFixed(1),
      failed ? 1 : 0,
    ].join(",");
  });
}

const HEADER =
  "timestamp,transaction_amount,transaction_hour,days_since_last_transaction,transaction_count_24h,distance_from_home,prediction,probability,latency_ms,error";
const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "web", "samples", "transactions");
const files = {
  "baseline.csv": rows(20_240_101, BASELINE_START, false),
  "current.csv": rows(20_240_115, CURRENT_START, true),
};

mkdirSync(folder, { recursive: true });
for (const [name, lines] of Object.entries(files)) {
  const path = join(folder, name);
  const text = `${HEADER}\n${lines.join("\n")}\n`;
  if (!process.argv.includes("--check")) {
    writeFileSync(path, text);
    console.log(`${name}: ${lines.length} rows, ${text.length} bytes`);
  } else if (readFileSync(path, "utf8") !== text) {
    console.error(`web/samples/transactions/${name} is not what scripts/make_samples.mjs writes: run it again`);
    process.exitCode = 1;
  }
}
