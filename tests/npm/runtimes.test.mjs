// The same files, spec and instant give the same bytes by the command line, in Node.js, in Deno, and in Chromium on the main
// thread and in a worker.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { dataAddress, HERE, launch, native, NOW_MILLIS, open, project, putData, ROOT, VECTORS } from './package.mjs';

let fresh;
let browser;
let expected;
before(async () => {
  fresh = project(join(HERE, 'fresh/page'));
  putData(fresh.folder);
  expected = VECTORS.map(native);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  fresh?.remove();
});

const asked = () => JSON.stringify(VECTORS.map(({ baseline, current, spec }) => ({
  baseline: join(ROOT, baseline), current: join(ROOT, current), spec, now: NOW_MILLIS,
})));

function same(found, where) {
  assert.equal(found.length, expected.length);
  VECTORS.forEach(({ name }, at) => assert.ok(found[at] === expected[at], `${where}, ${name}: other bytes than the command line's (${found[at]?.length} and ${expected[at].length})`));
}

/** A program of the project that prints the reports as a JSON list, here and by a pool. */
function program(folder) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'reports.mjs');
  writeFileSync(file, `
    import { compare, createPool } from 'driftline';
    const asked = ${asked()};
    const url = (path) => new URL('file://' + path);
    const told = [];
    const pool = await createPool({ workers: 2 });
    for (const { baseline, current, ...rest } of asked) {
      const files = { baseline: url(baseline), current: url(current) };
      const [here, there] = await Promise.all([compare({ ...files, ...rest }), pool.compare({ ...files, ...rest })]);
      told.push([here.json, there.json]);
    }
    pool.free();
    console.log(JSON.stringify(told));
  `);
  return file;
}

test('in Node.js, on the main thread and in a pool', () => {
  const told = JSON.parse(execFileSync('node', [program(fresh.folder)], { encoding: 'utf8', maxBuffer: 64 << 20 }));
  same(told.map(([here]) => here), 'Node.js');
  same(told.map(([, there]) => there), 'Node.js, pool');
});

test('in Deno, on the main thread and in a pool', () => {
  const deno = join(ROOT, 'node_modules/.bin/deno');
  const args = ['run', '--quiet', '--no-prompt', '--cached-only', '--node-modules-dir=manual', '--allow-read', program(fresh.folder)];
  const told = JSON.parse(execFileSync(deno, args, { cwd: fresh.folder, encoding: 'utf8', maxBuffer: 64 << 20, env: { ...process.env, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' } }));
  same(told.map(([here]) => here), 'Deno');
  same(told.map(([, there]) => there), 'Deno, pool');
});

test('in Chromium, on the main thread and in a worker', async (t) => {
  const { page, amiss } = await open(t, browser, fresh.folder, 'index.html');
  const vectors = VECTORS.map(({ baseline, current, spec }) => ({ baseline: dataAddress(baseline), current: dataAddress(current), spec, now: NOW_MILLIS }));
  for (const where of ['compareHere', 'compareThere']) {
    const told = await page.evaluate(([name, list]) => window[name](list), [where, vectors]);
    same(told, `Chromium, ${where}`);
  }
  assert.deepEqual(amiss, []);
});
