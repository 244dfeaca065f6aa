// The report on two files by the wasm build, written to standard output as it is: for a test that
// compares it with the native one, byte by byte.
//
//   node compare.mjs BINDINGS BASELINE CURRENT NOW_MILLIS [SPEC_JSON]
//
// BINDINGS is the folder that `wasm-bindgen --target nodejs` wrote for driftline_wasm.wasm.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';

const [bindings, baseline, current, nowMillis, spec] = process.argv.slice(2);
if (nowMillis === undefined) {
  console.error('usage: node compare.mjs BINDINGS BASELINE CURRENT NOW_MILLIS [SPEC_JSON]');
  process.exit(2);
}
const driftline = createRequire(import.meta.url)(resolve(bindings, 'driftline_wasm.js'));
try {
  const json = driftline.compareToJson(
    readFileSync(baseline),
    readFileSync(current),
    basename(baseline),
    basename(current),
    spec,
    Number(nowMillis),
  );
  process.stdout.write(json);
} catch (error) {
  console.error(`${error.name}: ${error.message}`);
  process.exitCode = 2;
}
