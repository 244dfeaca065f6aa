// What a visitor downloads: each wasm binary of the built page, raw and gzipped, against its
// limit and against the size checked in, which it may exceed by 5 %; and the module for the edge.
//
//   node scripts/wasm_sizes.mjs            check dist/ and npm/dist/edge.wasm
//   node scripts/wasm_sizes.mjs --write    accept their sizes as the new ones
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(ROOT, 'dist');
const EDGE = join(ROOT, 'npm/dist/edge.wasm');
const RECORD = join(ROOT, 'scripts/wasm_sizes.txt');
// The worker reads stored references in two forms, each with code of its own: the one as JSON is to move to the reporter,
// and this limit down to 250,000 with it. The reporter judges, draws, edits specs as TOML and writes rules for Prometheus;
// it is fetched once the worker listens, while people choose files. What few of them ask for is to move to a module of its
// own, loaded on demand.
const LIMITS = { page: 300_000, worker: 290_000, reporter: 780_000, edge: 800_000 };
// The module for workers at the edge is held by its raw size too: that is what runtimes limit. It is to come down to
// 1 MiB; most of it is code that reads and writes the report, the spec and the engine's state, type by type.
const RAW_LIMITS = { edge: 2_100_000 };
const SLACK = 1.05;
// Sizes are checked in as the pinned compiler makes them.
const PINNED = process.env.DRIFTLINE_RUST !== 'debian';

/** Trunk names a binary after its crate and a hash of its contents. */
const roleOf = (file) => {
  if (/reporter/.test(file)) return 'reporter';
  return /worker|driftline[-_]wasm/.test(file) ? 'worker' : 'page';
};

function fail(message) {
  console.error(`sizes: ${message}`);
  process.exit(1);
}

const read = () =>
  Object.fromEntries(
    readFileSync(RECORD, 'utf8').split('\n').filter((line) => line && !line.startsWith('#')).map((line) => {
      const [role, bytes] = line.split(/\s+/);
      return [role, Number(bytes)];
    }),
  );

if (!existsSync(DIST)) fail('no dist/; scripts/page builds it');
const built = {};
for (const file of readdirSync(DIST, { recursive: true }).map(String).filter((f) => f.endsWith('.wasm'))) {
  const role = roleOf(file);
  if (built[role]) fail(`two ${role} binaries in dist/: ${built[role].file} and ${file}`);
  const bytes = readFileSync(join(DIST, file));
  built[role] = { file, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
}

if (existsSync(EDGE)) {
  const bytes = readFileSync(EDGE);
  built.edge = { file: 'edge.wasm', raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
}

if (process.argv[2] === '--write') {
  const head = readFileSync(RECORD, 'utf8').split('\n').filter((line) => line.startsWith('#'));
  const body = Object.keys(LIMITS).filter((role) => built[role]).map((role) => `${role} ${built[role].gzip}`);
  writeFileSync(RECORD, `${[...head, ...body].join('\n')}\n`);
}

const recorded = read();
const problems = [];
const row = (...cells) => console.log(cells.map((cell, i) => (i ? String(cell).padStart(12) : String(cell).padEnd(8))).join(''));
row('wasm', 'raw', 'gzip -9', 'checked in', 'limit');
for (const [role, limit] of Object.entries(LIMITS)) {
  const found = built[role];
  if (!found) {
    problems.push(role === 'edge' ? 'no npm/dist/edge.wasm; scripts/edge builds it' : `no ${role} binary in dist/`);
    continue;
  }
  row(role, found.raw, found.gzip, recorded[role] ?? '-', limit);
  const most = RAW_LIMITS[role] ?? Infinity;
  if (found.raw > most) problems.push(`${role}: ${found.raw} bytes raw, the limit is ${most}`);
  if (found.gzip > limit) problems.push(`${role}: ${found.gzip} bytes, the limit is ${limit}`);
  if (!PINNED) continue;
  if (recorded[role] === undefined) problems.push(`${role}: no size checked in; node scripts/wasm_sizes.mjs --write`);
  else if (found.gzip > recorded[role] * SLACK) {
    problems.push(`${role}: ${found.gzip} bytes, more than 5 % above the ${recorded[role]} checked in; make it smaller, or accept it with node scripts/wasm_sizes.mjs --write and say why in the commit`);
  } else if (found.gzip * SLACK < recorded[role]) {
    console.log(`${role} has shrunk: node scripts/wasm_sizes.mjs --write keeps it so`);
  }
}
if (problems.length) fail(problems.join('\nsizes: '));
