// What the tests of the npm package share: the tarball, projects that install it, the files, the native answers, a browser.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from '../../scripts/serve.mjs';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const HERE = join(ROOT, 'tests/npm');

/** When every report says it was made. */
export const NOW_MILLIS = 1_767_323_045_678;
export const NOW = new Date(NOW_MILLIS).toISOString();

/** Pairs of files and specs whose reports must be the same everywhere. */
export const VECTORS = [
  { name: 'transactions', folder: 'web/samples/transactions' },
  { name: 'bike sharing, windows', folder: 'web/samples/bike_sharing', spec: { window: 'auto', rails: { on_inputs_alone: true } } },
  { name: 'covid', folder: 'tests/data/tsa_covid', spec: { convention: 'textbook', bins: 20 } },
  { name: 'transactions, another convention', folder: 'web/samples/transactions', spec: { convention: 'evidently' } },
].map((vector) => ({
  ...vector,
  baseline: join(vector.folder, 'baseline.csv'),
  current: join(vector.folder, readdirSync(join(ROOT, vector.folder)).filter((name) => /^current.*\.csv$/.test(name)).sort()[0]),
}));

/** What the command line writes for a vector. */
export function native({ baseline, current, spec }) {
  const cli = process.env.DRIFTLINE_BIN ?? join(ROOT, 'target/debug/driftline');
  const folder = mkdtempSync(join(tmpdir(), 'driftline-spec-'));
  try {
    const given = [];
    if (spec) {
      writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec));
      given.push('--spec', join(folder, 'spec.json'));
    }
    const args = ['compare', join(ROOT, baseline), join(ROOT, current), '--format', 'json', '--now', NOW, ...given];
    const { status, stdout, stderr, error } = spawnSync(cli, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
    // 1 is a finding.
    if (error || status > 1) throw new Error(`${cli} ${args.join(' ')}: ${error ?? stderr}`);
    // The report, and the line's end that a terminal wants.
    return stdout.replace(/\n$/, '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The tarball that scripts/npm packed. */
export function tarball() {
  const folder = join(ROOT, 'npm/packed');
  const [name] = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.tgz')) : [];
  if (!name) throw new Error('no npm/packed/*.tgz: run scripts/npm first');
  return join(folder, name);
}

/** A project of its own somewhere, with the package installed from its tarball; `from` is copied into it. */
export function project(from) {
  const folder = mkdtempSync(join(tmpdir(), 'driftline-project-'));
  if (from) cpSync(from, folder, { recursive: true });
  if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{"name":"fresh","private":true,"type":"module"}');
  const options = ['--offline', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error'];
  execFileSync('npm', ['install', ...options, tarball()], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** An example as its README installs it, with what else it needs from here. */
export function example(name, needs = []) {
  const folder = mkdtempSync(join(tmpdir(), 'driftline-example-'));
  cpSync(join(ROOT, 'examples', name), folder, { recursive: true });
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'driftline'), { recursive: true });
  execFileSync('tar', ['-xzf', tarball(), '-C', join(modules, 'driftline'), '--strip-components=1']);
  for (const need of needs) symlinkSync(join(ROOT, 'node_modules', need), join(modules, need));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Puts a vector's files, and nothing else, below a folder that is served. */
export function putData(folder) {
  for (const { folder: from, baseline, current } of VECTORS) {
    const to = join(folder, 'data', basename(from));
    mkdirSync(to, { recursive: true });
    for (const file of [baseline, current]) cpSync(join(ROOT, file), join(to, basename(file)));
  }
}

export const dataAddress = (file) => `data/${basename(dirname(file))}/${basename(file)}`;

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS });

/** A page on a folder that is served with the strict policy; `amiss` lists every error, violation and request elsewhere. */
export async function open(t, browser, folder, path = '', options = {}, served = {}) {
  const server = await serve(folder, served);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const amiss = [];
  context.on('request', (request) => {
    if (!request.url().startsWith(new URL(server.address).origin)) amiss.push(`request to ${request.url()}`);
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) amiss.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => amiss.push(`page error: ${error.message}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(new URL(path, server.address).href);
  t.after(async () => {
    await context.close();
    await server.close();
  });
  return { page, amiss };
}
