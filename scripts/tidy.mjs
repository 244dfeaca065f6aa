// Habits of the house that no compiler sees. Each rule is a row of RULES with a sample it must
// find and one it must leave alone.
//
//   node scripts/tidy.mjs               check the files git knows or would add
//   node scripts/tidy.mjs --self-test   check the rules against their own samples
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LONGEST_FILE = 800;
const VAGUE = ['util', 'utils', 'common', 'helper', 'helpers', 'misc', 'shared', 'types', 'manager'];
const TEXT = /\.(rs|toml|md|mjs|js|ts|py|sh|html|css|svg|yml|yaml|txt|lua)$|(^|\/)(Makefile|Dockerfile|LICENSE|run)$|^scripts\/[a-z_]+$/;
const DATA = /(^|\/)(data|golden|corpus|fixtures|sample|samples)\//;

const isRust = (path) => path.endsWith('.rs');
const lines = (text) => text.split('\n');

/** Calls `visit(path, line, number)` for every line of the files that `wanted` picks. */
function eachLine(files, wanted, visit) {
  for (const [path, text] of files) if (wanted(path)) lines(text).forEach((line, i) => visit(path, line, i + 1));
}

/** The text of the bracketed thing that opens at or after `start`. */
function balanced(text, start) {
  let depth = 0;
  for (let i = start; i < text.length; i += 1) {
    if ('([{'.includes(text[i])) depth += 1;
    if (')]}'.includes(text[i]) && (depth -= 1) === 0) return text.slice(start, i + 1);
  }
  return text.slice(start);
}

/** A TOML table's lines, with their numbers, up to the next table. */
function tomlTable(text, header) {
  const all = lines(text);
  const start = all.findIndex((line) => line.trim() === header);
  if (start < 0) return [];
  const rest = all.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('['));
  return rest.slice(0, end < 0 ? undefined : end).map((line, i) => [line, start + 2 + i]);
}

const versionIn = (text, pattern) => text?.match(pattern)?.[1];

const RULES = [
  {
    name: 'a name says what is inside',
    find(files) {
      const found = [];
      for (const [path] of files) {
        for (const part of path.split('/')) {
          if (VAGUE.includes(part.replace(/\.[a-z]+$/, ''))) found.push(`${path}: "${part}" names nothing; name it for its concept`);
        }
      }
      eachLine(files, isRust, (path, line, n) => {
        const name = line.match(/^\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)/)?.[1];
        if (name && VAGUE.includes(name)) found.push(`${path}:${n}: module "${name}" names nothing; name it for its concept`);
      });
      return found;
    },
    bad: [{ 'crates/a/src/utils.rs': '//! x' }, { 'web/common/a.css': '' }, { 'a.rs': '//! x\npub(crate) mod helpers {' }],
    good: [{ 'crates/a/src/bins.rs': '//! x\nmod num;' }],
  },
  {
    name: 'a Rust file opens by saying what it is',
    find: (files) => [...files].filter(([path, text]) => isRust(path) && !/^\/\/! *\S/.test(text)).map(([path]) => `${path}:1: expected a line "//! …" first`),
    bad: [{ 'a.rs': 'use b;\n//! late' }, { 'a.rs': '' }, { 'a.rs': '//!\n' }],
    good: [{ 'a.rs': '//! Bins.\n' }],
  },
  {
    name: `no file is longer than ${LONGEST_FILE} lines`,
    find: (files) =>
      [...files].filter(([path, text]) => /\.(rs|mjs|js|py)$/.test(path) && lines(text.trimEnd()).length > LONGEST_FILE)
        .map(([path, text]) => `${path}: ${lines(text.trimEnd()).length} lines; split it`),
    bad: [{ 'a.rs': 'x\n'.repeat(LONGEST_FILE + 1) }],
    good: [{ 'a.rs': 'x\n'.repeat(LONGEST_FILE) }],
  },
  {
    name: 'an exception carries its reason',
    find(files) {
      const found = [];
      for (const [path, text] of files) {
        if (!isRust(path)) continue;
        for (const match of text.matchAll(/^[ \t]*(?:[^/\n"]*[^/\n"\w])?(#!?\[)(?=(?:cfg_attr\([^\]]*)?\b(?:allow|expect)\()/gm)) {
          const start = match.index + match[0].length - 1;
          if (!/\breason\s*=\s*"\s*[^"\s]/.test(balanced(text, start))) {
            found.push(`${path}:${lines(text.slice(0, start)).length}: allow or expect without a reason`);
          }
        }
      }
      return found;
    },
    bad: [
      { 'a.rs': '#[allow(dead_code)]\nfn a() {}' },
      { 'a.rs': '#![allow(\n  dead_code,\n)]' },
      { 'a.rs': '    #[expect(dead_code, reason = "")]' },
      { 'a.rs': '#[cfg_attr(test, allow(dead_code))]' },
    ],
    good: [{ 'a.rs': '#[expect(\n  dead_code,\n  reason = "kept for the next step"\n)]\n// #[allow(x)]\nlet s = "#[allow(x)]";\n#[test]' }],
  },
  {
    name: 'a dependency says what it is for',
    find(files) {
      const found = [];
      const table = tomlTable(files.get('Cargo.toml') ?? '', '[workspace.dependencies]');
      for (let i = 0; i < table.length; i += 1) {
        const [line, number] = table[i];
        const name = line.match(/^([\w-]+)(?:\.workspace)?\s*=/)?.[1];
        if (!name) continue;
        let entry = line;
        const open = (s) => (s.replace(/"[^"]*"/g, '').match(/[[{]/g) ?? []).length - (s.replace(/"[^"]*"/g, '').match(/[\]}]/g) ?? []).length;
        while (open(entry) > 0 && i + 1 < table.length) entry += `\n${table[(i += 1)][0]}`;
        if (/\bpath\s*=/.test(entry)) continue; // our own crates speak for themselves
        if (!/#\s*\S/.test(entry.replace(/"[^"]*"/g, ''))) found.push(`Cargo.toml:${number}: ${name} has no comment that says what it is for`);
      }
      return found;
    },
    bad: [{ 'Cargo.toml': '[workspace.dependencies]\nserde = "1"\n' }, { 'Cargo.toml': '[workspace.dependencies]\nserde = { version = "1#2", features = [\n "a",\n] }\n[x]\n' }],
    good: [{ 'Cargo.toml': '[workspace.dependencies]\na = { path = "a" }\nserde = "1" # plain data\nb = { features = [\n "a",\n] } # why\n[x]\nc = 1\n' }],
  },
  {
    name: 'the map names every crate, and every path on it exists',
    find(files) {
      const map = files.get('ARCHITECTURE.md');
      if (map === undefined) return ['ARCHITECTURE.md: missing'];
      const paths = [...files.keys()];
      const found = [];
      for (const name of new Set(paths.map((p) => p.match(/^crates\/([^/]+)\//)?.[1]).filter(Boolean))) {
        if (!map.includes(name)) found.push(`ARCHITECTURE.md: does not name the crate ${name}`);
      }
      eachLine(files, (path) => path === 'ARCHITECTURE.md', (path, line, n) => {
        for (const [, quoted] of line.matchAll(/`([\w.@-]+(?:\/[\w.@-]+)*\/?)`/g)) {
          const looksLikePath = /^(crates|web|tests|scripts|bench|deploy|fuzz|\.ci|\.cargo)\//.test(quoted) || /\.(rs|toml|mjs|md|html|css)$/.test(quoted);
          if (!looksLikePath) continue;
          const wanted = quoted.replace(/\/$/, '');
          // From the root, or below whichever folder the sentence is about.
          const exists = paths.some((p) => `/${p}`.endsWith(`/${wanted}`) || `/${p}`.includes(`/${wanted}/`));
          if (!exists) found.push(`${path}:${n}: \`${quoted}\` does not exist`);
        }
      });
      return found;
    },
    bad: [
      { 'crates/a/src/lib.rs': '' },
      { 'crates/driftline-x/src/lib.rs': '', 'ARCHITECTURE.md': 'nothing' },
      { 'ARCHITECTURE.md': 'see `crates/a/src/gone.rs`' },
      { 'ARCHITECTURE.md': 'see `gone.rs`', 'crates/b.rs': '' },
    ],
    good: [{ 'crates/driftline-x/src/num/mod.rs': '', 'ARCHITECTURE.md': '`driftline-x`: `src/num/mod.rs`, `crates/driftline-x/`, `driftline.report/v1`, `(lo, hi]`' }],
  },
  {
    name: 'a link between documents leads somewhere',
    find(files) {
      const found = [];
      const paths = [...files.keys()];
      eachLine(files, (path) => path.endsWith('.md'), (path, line, n) => {
        for (const [, target] of line.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
          if (/^[a-z]+:/.test(target)) continue;
          const wanted = posix.normalize(posix.join(posix.dirname(path), target)).replace(/\/$/, '');
          if (!paths.some((p) => p === wanted || p.startsWith(`${wanted}/`))) found.push(`${path}:${n}: ${target} does not exist`);
        }
      });
      return found;
    },
    bad: [{ 'README.md': '[map](MAP.md)' }, { 'docs/a.md': '[up](../b.md#x)' }],
    good: [{ 'docs/a.md': '[up](../b.md#x) [web](https://example.org) [here](#here)', 'b.md': '' }],
  },
  {
    name: 'nothing knows the machine it was written on',
    find(files) {
      const found = [];
      const home = new RegExp(`(^|[^\\w.~$}/-])/(${['root', 'home', 'Users'].join('|')})/[\\w.-]`);
      const outside = new RegExp(`(^|[\\s"'\`(=])/${'work'}/|\\.\\./${'shared'}/`);
      eachLine(files, (path) => TEXT.test(path) && !DATA.test(path), (path, line, n) => {
        if (home.test(line) || outside.test(line)) found.push(`${path}:${n}: a path that only one machine has`);
      });
      for (const path of ['package-lock.json', 'Cargo.lock']) {
        eachLine(files, (p) => p === path, (p, line, n) => {
          const odd = /"resolved":/.test(line) || (/^source = /.test(line) && !line.includes('github.com/rust-lang/crates.io-index'));
          if (odd) found.push(`${p}:${n}: names a download address`);
        });
      }
      return found;
    },
    bad: [
      { 'a.rs': `let p = "/${'home'}/me/data.csv";` },
      { 'README.md': `see ../${'shared'}/golden` },
      { 'scripts/x': `cat /${'work'}/a` },
      { 'package-lock.json': '"resolved": "https://example.org/a.tgz"' },
    ],
    good: [{ 'a.rs': 'bench/work/venv, $HOME/root/x, https://example.org/home/x', 'Cargo.lock': 'source = "registry+https://github.com/rust-lang/crates.io-index"' }],
  },
  {
    name: 'a version is the same wherever it is pinned',
    find(files) {
      const env = files.get('scripts/env') ?? '';
      const found = [];
      const same = (what, pinned, where, value) => {
        if (value !== undefined && value !== pinned) found.push(`${where}: ${what} is ${value}, scripts/env says ${pinned}`);
      };
      const bindgen = versionIn(env, /^WASM_BINDGEN_VERSION=(\S+)/m);
      same('wasm-bindgen', bindgen, 'Cargo.lock', versionIn(files.get('Cargo.lock'), /name = "wasm-bindgen"\nversion = "([^"]+)"/));
      same('wasm_bindgen', bindgen, 'Trunk.toml', versionIn(files.get('Trunk.toml'), /^wasm_bindgen\s*=\s*"([^"]+)"/m));
      const binaryen = versionIn(env, /^BINARYEN_VERSION=(\S+)/m);
      same('wasm_opt', binaryen, 'Trunk.toml', versionIn(files.get('Trunk.toml'), /^wasm_opt\s*=\s*"version_([^"]+)"/m));
      same('binaryen', binaryen, 'package.json', versionIn(files.get('package.json'), /"binaryen": "(\d+)\./));
      const channel = versionIn(files.get('rust-toolchain.toml'), /^channel\s*=\s*"([^"]+)"/m);
      const least = versionIn(files.get('Cargo.toml'), /^rust-version\s*=\s*"([^"]+)"/m);
      if (channel && least && !`${channel}.`.startsWith(`${least}.`)) found.push(`Cargo.toml: rust-version ${least}, rust-toolchain.toml pins ${channel}`);
      return found;
    },
    bad: [
      { 'scripts/env': 'WASM_BINDGEN_VERSION=0.2.130', 'Cargo.lock': 'name = "wasm-bindgen"\nversion = "0.2.131"' },
      { 'scripts/env': 'BINARYEN_VERSION=132', 'package.json': '"binaryen": "131.0.0"' },
      { 'rust-toolchain.toml': 'channel = "1.96.0"', 'Cargo.toml': 'rust-version = "1.95"' },
    ],
    good: [{ 'scripts/env': 'WASM_BINDGEN_VERSION=0.2.130\nBINARYEN_VERSION=132', 'Trunk.toml': 'wasm_bindgen = "0.2.130"\nwasm_opt = "version_132"' }],
  },
];

function selfTest() {
  let wrong = 0;
  let samples = 0;
  for (const { name, find, bad, good } of RULES) {
    for (const [sample, expected] of [...bad.map((s) => [s, true]), ...good.map((s) => [s, false])]) {
      samples += 1;
      const found = find(new Map(Object.entries(sample)));
      if (found.length > 0 !== expected) {
        wrong += 1;
        console.error(`tidy self-test: "${name}" ${expected ? 'missed' : `wrongly reported ${found}`} ${JSON.stringify(sample).slice(0, 200)}`);
      }
    }
  }
  if (wrong) process.exit(1);
  console.log(`tidy: ${samples} samples of ${RULES.length} rules come out as they should`);
}

function knownFiles() {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' });
  const files = new Map();
  for (const path of listed.split('\0').filter(Boolean).sort()) {
    const found = statSync(join(ROOT, path), { throwIfNoEntry: false });
    if (!found?.isFile()) continue;
    const readable = TEXT.test(path) || /\.(json|lock)$/.test(path);
    files.set(path, readable && found.size < 4 << 20 ? readFileSync(join(ROOT, path), 'utf8') : '');
  }
  return files;
}

if (process.argv[2] === '--self-test') {
  selfTest();
} else {
  const files = knownFiles();
  let problems = 0;
  for (const { name, find } of RULES) {
    const found = find(files);
    if (found.length) console.error(`tidy: ${name}`);
    for (const line of found) console.error(`  ${line}`);
    problems += found.length;
  }
  if (problems) process.exit(1);
  console.log(`tidy: ${files.size} files keep the ${RULES.length} rules`);
}
