// Arrows between crates point down only. Reads what Cargo resolves, not what files say, so an
// edge through a third crate or a feature counts as well.
//
//   node scripts/edges.mjs               check this workspace
//   node scripts/edges.mjs --self-test   plant each kind of forbidden edge and see it found
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// A crate may depend on crates of a lower layer. A new crate takes its place here.
const LAYERS = {
  'driftline-core': 0,
  'driftline-data': 1,
  'driftline-charts': 1,
  'driftline-api': 2, // above driftline-data for baselines that are uploaded
  'driftline-batch': 2,
  'driftline-wasm': 3, // above driftline-api for the npm package
  'driftline-server': 3,
  'driftline-edge': 3,
  'driftline-web': 4, // above driftline-wasm for the worker's messages
  'driftline-cli': 4,
  'driftline-tests': 5,
};

// Crates from elsewhere that must not be in a crate's tree, at any depth, outside its tests.
const BANNED = [
  ['driftline-core', 'statrs', 'its results differ between targets in the last bits'],
  ['driftline-core', 'num-traits', 'num-traits/std anywhere in a build switches to the platform’s math'],
  ['driftline-core', 'wasm-bindgen', 'the core knows no host'],
  ['driftline-core', 'getrandom', 'the core has no randomness; seeds come from the caller'],
  ['driftline-api', 'tokio', 'HTTP without a socket is pure'],
  ['driftline-cli', 'driftline-wasm', 'the bindings are for a browser'],
  ['driftline-edge', 'wasm-bindgen', 'a WASI component has no JavaScript host'],
];

function cargo(root, ...args) {
  const locked = existsSync(join(root, 'Cargo.lock')) ? ['--locked'] : [];
  try {
    return execFileSync('cargo', [...args, ...locked, '--manifest-path', join(root, 'Cargo.toml')], {
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  } catch (error) {
    console.error(`edges: cargo ${args[0]} failed (${error.code ?? `exit code ${error.status}`})`);
    process.exit(1);
  }
}

/** Every crate below `name` that ships with it: normal and build dependencies, all targets. */
function tree(root, name) {
  const lines = cargo(root, 'tree', '-p', name, '-e', 'normal,build', '--target', 'all', '--all-features', '--prefix', 'none', '--format', '{p}');
  return new Set(lines.split('\n').map((line) => line.split(' ')[0]).filter((found) => found && found !== name));
}

function forbiddenEdges(root) {
  const { packages, workspace_members: members } = JSON.parse(cargo(root, 'metadata', '--format-version', '1', '--no-deps'));
  const names = packages.filter((p) => members.includes(p.id)).map((p) => p.name);
  const found = [];
  for (const name of names) {
    if (!(name in LAYERS)) {
      found.push(`${name}: has no layer; give it one in scripts/edges.mjs`);
      continue;
    }
    const below = tree(root, name);
    for (const other of below) {
      if (other in LAYERS && LAYERS[other] >= LAYERS[name]) found.push(`${name} → ${other}: arrows point down only`);
    }
    for (const [from, to, why] of BANNED) {
      if (from === name && below.has(to)) found.push(`${name} → ${to}: ${why}`);
    }
  }
  return { names, found };
}

/** A workspace of empty crates with these edges, checked by the same code. */
function planted(edges) {
  const root = mkdtempSync(join(tmpdir(), 'driftline-edges-'));
  try {
    const names = [...new Set(edges.flat())];
    writeFileSync(join(root, 'Cargo.toml'), `[workspace]\nresolver = "3"\nmembers = ${JSON.stringify(names)}\n`);
    for (const name of names) {
      const needs = edges.filter(([from]) => from === name).map(([, to]) => `${to} = { path = "../${to}" }\n`);
      mkdirSync(join(root, name, 'src'), { recursive: true });
      writeFileSync(join(root, name, 'src/lib.rs'), '');
      writeFileSync(join(root, name, 'Cargo.toml'), `[package]\nname = "${name}"\nversion = "0.0.0"\nedition = "2024"\n[dependencies]\n${needs.join('')}`);
    }
    return forbiddenEdges(root).found;
  } finally {
    rmSync(root, { recursive: true });
  }
}

function selfTest() {
  const expectations = [
    { claim: 'arrows that point down pass', edges: [['driftline-data', 'driftline-core'], ['driftline-cli', 'driftline-data']], finds: [] },
    { claim: 'the core needs no crate of ours', edges: [['driftline-core', 'driftline-data']], finds: ['driftline-core → driftline-data'] },
    { claim: 'neighbours in a layer do not meet', edges: [['driftline-data', 'driftline-charts']], finds: ['driftline-data → driftline-charts'] },
    { claim: 'nothing needs a front', edges: [['driftline-charts', 'driftline-web']], finds: ['driftline-charts → driftline-web'] },
    { claim: 'a ban holds at any depth', edges: [['driftline-core', 'between'], ['between', 'num-traits']], finds: ['driftline-core → num-traits'] },
    { claim: 'a ban holds within the layers', edges: [['driftline-cli', 'driftline-wasm']], finds: ['driftline-cli → driftline-wasm'] },
    { claim: 'a crate without a layer is named', edges: [['driftline-new', 'driftline-core']], finds: ['driftline-new: has no layer'] },
  ];
  let wrong = 0;
  for (const { claim, edges, finds } of expectations) {
    const found = planted(edges).filter((line) => finds.length === 0 ? line.includes('→') : true);
    const right = finds.length === 0 ? found.length === 0 : finds.every((f) => found.some((line) => line.startsWith(f)));
    if (!right) {
      wrong += 1;
      console.error(`edges self-test: ${claim}: expected ${JSON.stringify(finds)}, found ${JSON.stringify(found)}`);
    }
  }
  if (wrong) process.exit(1);
  console.log(`edges: ${expectations.length} planted cases come out as they should`);
}

if (process.argv[2] === '--self-test') {
  selfTest();
} else {
  const { names, found } = forbiddenEdges(dirname(dirname(fileURLToPath(import.meta.url))));
  for (const line of found) console.error(`forbidden edge: ${line}`);
  if (found.length) process.exit(1);
  console.log(`edges: ${names.length} crates, every arrow points down`);
}
