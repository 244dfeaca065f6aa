// The types say what there is.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './runtimes.mjs';

test('what people write against the types passes tsc in strict mode', () => {
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2022,dom,dom.iterable', '--types', ''];
  const { status, stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), [...options, 'tests/edge/fixed/typed.ts'], { cwd: ROOT, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});
