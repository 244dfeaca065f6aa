// Runs the browser tests on dist/ and ends with `N passed, N failed`.
//
//   node tests/browser/run.mjs [part of a file's name…]
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spec } from 'node:test/reporters';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
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
