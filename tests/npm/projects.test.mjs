// The package, installed from its tarball into fresh projects, each built and run.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HERE, launch, open, project, ROOT, tarball } from './package.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

test('the tarball is small and holds what it says', () => {
  assert.ok(statSync(tarball()).size <= 3e6, `${statSync(tarball()).size} bytes`);
  const files = execFileSync('tar', ['-tzf', tarball()], { encoding: 'utf8' }).trim().split('\n').map((file) => file.replace('package/', ''));
  for (const wanted of ['index.js', 'index.d.ts', 'node.js', 'worker.js', 'driftline.wasm', 'markup.wasm', 'LICENSE', 'README.md', 'custom-elements.json']) {
    assert.ok(files.includes(wanted), wanted);
  }
  const readme = execFileSync('tar', ['-xzOf', tarball(), 'package/README.md'], { encoding: 'utf8' });
  assert.match(readme, /\| `driftline\.wasm` \| .* KB \| \d+ KB \|/);
  const { exports } = JSON.parse(execFileSync('tar', ['-xzOf', tarball(), 'package/package.json'], { encoding: 'utf8' }));
  for (const [path, target] of Object.entries(exports)) {
    for (const file of typeof target === 'string' ? [target] : Object.values(target)) assert.ok(files.includes(file.replace('./', '')), `${path} → ${file}`);
    if (typeof target === 'object') assert.equal(Object.keys(target)[0], 'types', `${path}: types come first`);
  }
});

test('a Node.js project runs', (t) => {
  const { folder, remove } = project();
  t.after(remove);
  writeFileSync(join(folder, 'main.js'), `
    import { compare, version } from 'driftline';
    const { report } = await compare({ baseline: 'a\\n1\\n2\\n', current: 'a\\n1\\n', now: 0 });
    console.log(report.severity, await version());
  `);
  const said = execFileSync('node', ['main.js'], { cwd: folder, encoding: 'utf8' });
  assert.match(said, /^inconclusive \d+\.\d+\.\d+\n$/);
});

test('a Vite project builds, and runs under the strict policy', async (t) => {
  const { folder, remove } = project(join(HERE, 'fresh/vite'));
  t.after(remove);
  execFileSync('node', [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', folder, '--logLevel', 'warn', '--target', 'esnext', '--base', './'], { stdio: 'inherit' });
  const built = readdirSync(join(folder, 'dist/assets'));
  assert.ok(built.some((file) => /^driftline-.*\.wasm$/.test(file)), built.join(' '));
  assert.ok(built.some((file) => /^worker-.*\.js$/.test(file)), built.join(' '));
  const { page, amiss } = await open(t, browser, join(folder, 'dist'), 'index.html');
  await page.waitForFunction(() => document.getElementById('said').textContent !== '…');
  assert.equal(await page.textContent('#said'), 'critical true true');
  assert.deepEqual(amiss, []);
});
