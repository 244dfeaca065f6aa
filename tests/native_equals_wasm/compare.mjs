// The report on two files by the wasm build, written to standard output as it is: for a test that
// compares it with the native one, byte by byte.
//
//   node compare.mjs PACKAGE BASELINE CURRENT NOW_MILLIS [SPEC_JSON]
//
// PACKAGE is the folder that `scripts/npm --dist` made.
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, baseline, current, nowMillis, spec] = process.argv.slice(2);
if (nowMillis === undefined) {
  console.error('usage: node compare.mjs PACKAGE BASELINE CURRENT NOW_MILLIS [SPEC_JSON]');
  process.exit(2);
}
const { compare } = await import(pathToFileURL(join(resolve(folder), 'node.js')));
try {
  const { json } = await compare({
    baseline: pathToFileURL(resolve(baseline)),
    current: pathToFileURL(resolve(current)),
    now: Number(nowMillis),
    spec,
  });
  process.stdout.write(json);
} catch (error) {
  console.error(`${error.name}: ${error.message}`);
  process.exitCode = 2;
}
