// The types, by the strict compiler: every example of the README, and real reports, outcomes and errors, whose every field
// must be one that the types have.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { compare, Monitor, Reference } from '../../npm/dist/node.js';
import { project, ROOT, VECTORS } from './package.mjs';

const OPTIONS = {
  compilerOptions: {
    strict: true, noEmit: true, exactOptionalPropertyTypes: true, skipLibCheck: false, target: 'esnext', lib: ['esnext', 'dom', 'dom.iterable', 'dom.asynciterable'],
    module: 'nodenext', moduleResolution: 'nodenext', types: ['node'],
  },
  include: ['*.ts'],
};

/** What an example takes for granted. */
const GIVEN = `
declare const baselineFile: File, currentFile: File, baseline: File, current: File, shardA: File;
declare const cancelButton: HTMLButtonElement, bar: HTMLProgressElement;
declare const store: { put(key: string, bytes: Uint8Array): Promise<void> };
declare function fetchBytes(path: string): Promise<Uint8Array>;
declare function carryOut(effect: import('driftline').Effect): void;
`;

function examples() {
  const readme = readFileSync(join(ROOT, 'npm/README.md'), 'utf8');
  return [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);
}

/** The compiler's complaints about these files. */
function complaints(t, files) {
  const { folder, remove } = project();
  t.after(remove);
  for (const name of ['@types', 'undici-types']) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(OPTIONS));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['--project', folder], { encoding: 'utf8', cwd: folder });
  return status === 0 ? '' : stdout + stderr;
}

test('every example of the README compiles', (t) => {
  const files = Object.fromEntries(examples().map((code, at) => {
    const own = [...code.matchAll(/^(?:const|let) \{? ?([\w, ]+)/gm)].flatMap(([, names]) => names.split(',').map((name) => name.trim()));
    const reference = code.includes('reference') && !own.includes('reference') ? "declare const reference: import('driftline').Reference;" : '';
    return [`example${at}.ts`, `${code}\n${GIVEN}\n${reference}\nexport {};\n`];
  }));
  assert.ok(Object.keys(files).length >= 6);
  assert.equal(complaints(t, files), '');
});

test('the elements are typed where pages use them', (t) => {
  const page = `
import 'driftline/element';
const dashboard = document.querySelector('driftline-dashboard')!;
dashboard.baseline = new File([], 'baseline.csv');
dashboard.addEventListener('driftline-rollback', ({ detail }) => { const decision: 'acted' | 'acted_on_paper' | 'blocked' = detail.decision; console.log(decision); });
document.addEventListener('driftline-result', ({ detail }) => { console.log(detail.report.drift.psi_scores); });
dashboard.compare({ spec: { bins: 20 } }).then(({ report }) => console.log(report.severity));
`;
  assert.equal(complaints(t, { 'page.ts': page }), '');
  assert.match(complaints(t, { 'page.ts': page.replace('detail.decision', 'detail.decided') }), /decided/);
});

test('real values are of their types, and the types can refuse', async (t) => {
  const now = 1_767_323_045_678;
  const file = (path) => pathToFileURL(join(ROOT, path));
  const reports = [];
  for (const { baseline, current, spec } of VECTORS) {
    const comparison = await compare({ baseline: file(baseline), current: file(current), spec, now });
    reports.push(comparison.json);
  }
  const segmented = await compare({ baseline: file(VECTORS[0].baseline), current: file(VECTORS[0].current), spec: { segments: { by: ['prediction'] }, window: '500 rows' }, now });
  reports.push(segmented.json);
  const reference = await Reference.from(file(VECTORS[0].baseline));
  const spec = { rails: { mode: 'auto', url: 'https://example.org/roll-back', on_inputs_alone: true }, triggers: [{ metric: 'psi_score', threshold: 0.5, action: 'rollback' }] };
  const monitor = await Monitor.create({ reference, spec, now: 0 });
  monitor.serving('v1', { now: 0 });
  const outcomes = [monitor.serving('v2', { now: 1000 })];
  for (let second = 15; second < 1800; second += 15) {
    const events = Array.from({ length: 50 }, (_, i) => ({ features: { transaction_amount: 1e6 + i }, prediction: i % 3 ? 'legitimate' : 'fraud', latency_ms: 900, version: 'v2' }));
    const observed = monitor.observe(events, { now: second * 1000 });
    const outcome = monitor.tick(second * 1000 + 1);
    if (outcome.effects.length || outcome.windows.length || outcome.audit.length) outcomes.push(outcome);
    assert.equal(observed.accepted, 50);
  }
  assert.ok(outcomes.some(({ effects }) => effects.length > 0));
  const drift = monitor.drift(1_800_000);
  const head = "import type { DriftStatus, MonitorSpec, Outcome, Report } from 'driftline';\n";
  const files = {
    'values.ts': [
      head,
      ...reports.map((json, at) => `export const report${at}: Report = ${json};`),
      ...outcomes.slice(0, 40).map((outcome, at) => `export const outcome${at}: Outcome = ${JSON.stringify(outcome)};`),
      `export const drift: DriftStatus = ${JSON.stringify(drift)};`,
      `export const spec: MonitorSpec = ${JSON.stringify(spec)};`,
    ].join('\n'),
  };
  assert.equal(complaints(t, files), '');
  const wrong = {
    'wrong.ts': `${head}
import { compare } from 'driftline';
const report: Report = ${reports[0].replace('"severity":', '"severeness":1,"severity":')};
const spec: MonitorSpec = { bin: 20 };
compare({ baseline: 7, current: '' });
report.columns[0]?.measures.psi?.walue;
`,
  };
  const said = complaints(t, wrong);
  for (const wanted of ['severeness', "'bin'", 'number', 'walue']) assert.match(said, new RegExp(wanted), said);
});
