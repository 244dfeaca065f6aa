// Runs the browser tests on dist/, or those of another folder, and ends with `N passed, N failed`.
//
//   node tests/browser/run.mjs [tests/FOLDER] [part of a file's name…]
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spec } from 'node:test/reporters';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

const beside = dirname(dirname(fileURLToPath(import.meta.url)));
const [named, ...rest] = process.argv.slice(2);
const isFolder = named?.startsWith('tests/');
const here = join(beside, isFolder ? named.slice('tests/'.length) : 'browser');
const wanted = isFolder || !named ? rest : [named, ...rest];
const files = readdirSync(here)
  .filter((file) => file.endsWith('.test.mjs') && (!wanted.length || wanted.some((part) => file.includes(part))))
  .map((file) => join(here, file));

let passed = 0;
let failed = files.length ? 0 : 1;
// One browser at a time: the tests time what people wait for.
run({ files, concurrency: 1, timeout: 600_000 })
  .on('test:pass', ({ details }) => { if (details?.type !== 'suite') passed += 1; })
  .on('test:fail', ({ details }) => { if (details?.type !== 'suite') failed += 1; })
  .compose(new spec())
  .on('end', () => {
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed ? 1 : 0;
  })
  .pipe(process.stdout);
