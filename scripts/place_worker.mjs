// Run by Trunk after a build (Trunk.toml): moves each worker's files to `w/<hash of their contents>/`
// and writes that address into the page, so that a page only ever meets the workers it was built with. Then writes into
// the service worker which files the page consists of, and a name that changes with any of them.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
// The binaries of crates/driftline-wasm, as index.html names them.
const WORKERS = ['driftline-worker', 'driftline-reporter'];
const LOADER = readFileSync(join(ROOT, 'web/worker_boot.js'), 'utf8');

function fail(message) {
  console.error(`place_worker: ${message}`);
  process.exit(1);
}

const stage = process.env.TRUNK_STAGING_DIR;
if (!stage) fail('Trunk runs this; TRUNK_STAGING_DIR is not set');

/** Places one worker and returns the address of its script. */
function place(worker) {
  const parts = [`${worker}.js`, `${worker}_bg.wasm`];
  const loader = LOADER.replaceAll(WORKERS[0], worker);
  const hash = createHash('sha256');
  for (const part of parts) {
    const file = join(stage, part);
    if (!existsSync(file)) fail(`expected ${file}; does index.html still build the binary ${worker}?`);
    hash.update(readFileSync(file));
  }
  const folder = `w/${hash.update(loader).digest('hex').slice(0, 16)}`;
  mkdirSync(join(stage, folder), { recursive: true });
  for (const part of parts) renameSync(join(stage, part), join(stage, folder, part));
  rmSync(join(stage, `${worker}_loader.js`), { force: true });
  writeFileSync(join(stage, folder, 'worker.js'), loader);
  return `${folder}/worker.js`;
}

const page = join(stage, 'index.html');
let html = readFileSync(page, 'utf8');
for (const worker of WORKERS) {
  const empty = `<meta name="${worker}" content="">`;
  if (!html.includes(empty)) fail(`expected ${empty} in index.html`);
  html = html.replace(empty, `<meta name="${worker}" content="${place(worker)}">`);
}
writeFileSync(page, html);

const offline = join(stage, 'offline.js');
if (!existsSync(offline)) fail('expected offline.js; does index.html still copy web/offline.js?');
const script = readFileSync(offline, 'utf8');
const files = readdirSync(stage, { recursive: true })
  .map((file) => String(file).replaceAll('\\', '/'))
  .filter((file) => statSync(join(stage, file)).isFile() && !['index.html', 'offline.js'].includes(file) && !file.endsWith('.md'))
  .sort();
const build = createHash('sha256').update(script);
for (const file of ['index.html', ...files]) build.update(`${file}\n`).update(readFileSync(join(stage, file)));
let filled = script;
for (const [empty, value] of [["const VERSION = '';", build.digest('hex').slice(0, 16)], ['const FILES = [];', files]]) {
  if (!script.includes(empty)) fail(`expected ${empty} in offline.js`);
  filled = filled.replace(empty, empty.replace(/''|\[\]/, () => JSON.stringify(value)));
}
writeFileSync(offline, filled);
