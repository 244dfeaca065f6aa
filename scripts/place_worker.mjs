// Run by Trunk after a build (Trunk.toml): moves the worker's files to `w/<hash of their contents>/`
// and writes that address into the page, so that a page only ever meets the worker it was built with.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const WORKER = 'driftline-worker'; // the binary of crates/driftline-wasm, as index.html names it
const PARTS = [`${WORKER}.js`, `${WORKER}_bg.wasm`];
const LOADER = join(ROOT, 'web/worker_boot.js');

const stage = process.env.TRUNK_STAGING_DIR;
if (!stage) {
  console.error('place_worker: Trunk runs this; TRUNK_STAGING_DIR is not set');
  process.exit(1);
}

const hash = createHash('sha256');
for (const file of [...PARTS.map((part) => join(stage, part)), LOADER]) {
  if (!existsSync(file)) {
    console.error(`place_worker: expected ${file}; does index.html still build the binary ${WORKER}?`);
    process.exit(1);
  }
  hash.update(readFileSync(file));
}
const folder = `w/${hash.digest('hex').slice(0, 16)}`;
mkdirSync(join(stage, folder), { recursive: true });
for (const part of PARTS) renameSync(join(stage, part), join(stage, folder, part));
rmSync(join(stage, `${WORKER}_loader.js`), { force: true });
copyFileSync(LOADER, join(stage, folder, 'worker.js'));

const page = join(stage, 'index.html');
const html = readFileSync(page, 'utf8');
const empty = '<meta name="driftline-worker" content="">';
if (!html.includes(empty)) {
  console.error(`place_worker: expected ${empty} in index.html`);
  process.exit(1);
}
writeFileSync(page, html.replace(empty, `<meta name="driftline-worker" content="${folder}/worker.js">`));
