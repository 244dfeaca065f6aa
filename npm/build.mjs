// Puts the package together in npm/dist, beside the wasm modules that scripts/npm has put there: sources, types, README
// with its table of sizes.
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, 'dist');
const SHOWN = [
  ['driftline.wasm', 'reads, compares, monitors'],
  ['markup.wasm', 'draws: fetched where a report is shown or saved as HTML'],
  ['edge.wasm', 'the service, for `driftline/edge`'],
];

for (const folder of ['src', 'declarations']) {
  for (const file of readdirSync(join(HERE, folder))) cpSync(join(HERE, folder, file), join(OUT, file));
}
cpSync(join(HERE, '../LICENSE'), join(OUT, 'LICENSE'));
cpSync(join(HERE, 'package.json'), join(OUT, 'package.json'));
const elements = join(HERE, 'custom-elements.json');
cpSync(elements, join(OUT, 'custom-elements.json'));

const kb = (bytes) => `${(bytes / 1000).toFixed(0)} KB`;
// Without the edge the package is whole but for its entries.
const rows = SHOWN.filter(([file]) => existsSync(join(OUT, file))).map(([file, what]) => {
  const bytes = readFileSync(join(OUT, file));
  return `| \`${file}\` | ${what} | ${kb(bytes.length)} | ${kb(gzipSync(bytes, { level: 9 }).length)} |`;
});
const scripts = readdirSync(OUT).filter((file) => file.endsWith('.js')).map((file) => readFileSync(join(OUT, file)));
const all = Buffer.concat(scripts);
rows.push(`| \`*.js\` | all scripts together | ${kb(all.length)} | ${kb(gzipSync(all, { level: 9 }).length)} |`);
const table = ['| file | what it does | raw | gzip -9 |', '|---|---|---:|---:|', ...rows].join('\n');
const readme = readFileSync(join(HERE, 'README.md'), 'utf8');
const marked = /<!-- sizes -->/;
if (!marked.test(readme)) throw new Error('npm/README.md has no place for the table of sizes');
writeFileSync(join(OUT, 'README.md'), readme.replace(marked, table));
