// What is shared of a result, and what this browser keeps when somebody asks for it. Beside the page's wasm, because all of
// it is the browser's own: compression, the clipboard, the address, IndexedDB. The two talk by events on the document:
// `driftline` asks the page ({ act, … }), `driftline-given` is its answer ({ act, text }).
//
// What is stored is a report as text, never a file. What comes from outside (a link, a file, a store) is text too, and is
// checked and escaped by those who show it.

/** An address longer than this is cut by some programs that pass it on. */
const LONGEST_LINK = 8192;
/** No finding is near that; what inflates to more is not one. */
const LONGEST_FINDING = 1 << 20;
const LONGEST_REPORT = 64 << 20;

const byId = (id) => document.getElementById(id);
const say = (what) => {
  const place = byId('kept-said');
  if (place) place.textContent = place.dataset[what] ?? what;
};

// ---- the page --------------------------------------------------------------------------------

const waiting = new Map();
/** There is somebody who can show a report. */
const ready = new Promise((done) => { waiting.set('ready', done); });
document.addEventListener('driftline-given', ({ detail: { act, text } }) => {
  waiting.get(act)?.(text);
  waiting.delete(act);
});

const tell = (act, more = {}) => document.dispatchEvent(new CustomEvent('driftline', { bubbles: true, detail: { act, ...more } }));

/** Asks the page for a text. */
const ask = (act, more) => new Promise((done) => {
  waiting.set(act, done);
  tell(act, more);
});

async function open(text) {
  await ready;
  tell('open', { text });
}

// ---- compact text ----------------------------------------------------------------------------

async function packed(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  let binary = '';
  for (const byte of new Uint8Array(await new Response(stream).arrayBuffer())) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let out = '';
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return out + decoder.decode();
    length += value.length;
    if (length > LONGEST_FINDING) {
      await reader.cancel();
      throw new Error('too long');
    }
    out += decoder.decode(value, { stream: true });
  }
}

/** Opens the finding in the page's address, where there is one. */
async function openLinked() {
  const found = location.hash.slice(1).split('&').find((part) => part.startsWith('finding='));
  if (!found) return;
  let text = '';
  try {
    if (found.length <= LONGEST_LINK) text = await unpacked(found.slice('finding='.length));
  } catch {
    // Cut on its way, or never one: the page says that it is none.
  }
  open(text);
}
ready.then(openLinked);
addEventListener('hashchange', openLinked);

// ---- shared ----------------------------------------------------------------------------------

const share = (most) => ask('share', { most, levels: byId('share-levels')?.checked === true });

async function shareLink() {
  const field = byId('share-link');
  // As many columns as the address can hold.
  for (const most of [5, 2, 1]) {
    const link = `${location.href.split('#')[0]}#finding=${await packed(await share(most))}`;
    if (link.length > LONGEST_LINK) continue;
    field.value = link;
    field.hidden = false;
    field.select();
    try {
      await navigator.clipboard.writeText(link);
      say('copied');
    } catch {
      say('copy');
    }
    return;
  }
  say('long');
}

function offer(name, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// ---- kept ------------------------------------------------------------------------------------

const settled = (request) => new Promise((done, failed) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => failed(request.error);
});

/** Does something with the store, which is made when something is first kept. */
async function withStore(mode, act) {
  const opening = indexedDB.open('driftline', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('results', { keyPath: 'id', autoIncrement: true });
  const database = await settled(opening);
  try {
    return await settled(act(database.transaction('results', mode).objectStore('results')));
  } finally {
    database.close();
  }
}

async function isStored() {
  return (await indexedDB.databases?.())?.some(({ name }) => name === 'driftline') ?? true;
}

async function list() {
  const place = byId('kept-list');
  if (!place || !(await isStored())) return;
  const results = await withStore('readonly', (store) => store.getAll());
  const item = byId('kept-item').content;
  place.replaceChildren(...results.reverse().map(({ id, name, at }) => {
    const line = document.importNode(item, true);
    line.querySelector('bdi').textContent = name;
    line.querySelector('time').dateTime = new Date(at).toISOString();
    line.querySelector('time').textContent = new Date(at).toLocaleString();
    for (const button of line.querySelectorAll('button')) {
      button.dataset.id = id;
      button.setAttribute('aria-label', `${button.textContent}: ${name}`);
    }
    return line;
  }));
  byId('kept-some').hidden = results.length === 0;
}

const ACTS = {
  async keep() {
    const text = await ask('keep');
    if (!text) return;
    const name = byId('verdict-title')?.textContent.slice(0, 300) ?? '';
    await withStore('readwrite', (store) => store.add({ name, at: Date.now(), text }));
    await list();
    say('kept');
  },
  async 'kept-open'({ id }) {
    const result = await withStore('readonly', (store) => store.get(Number(id)));
    if (result) open(result.text);
  },
  async 'kept-delete'({ id }) {
    await withStore('readwrite', (store) => store.delete(Number(id)));
    await list();
    say('deleted');
    byId('kept-title')?.focus({ preventScroll: true });
  },
  async 'kept-clear'() {
    // The store itself goes: nothing of it is left behind.
    await settled(indexedDB.deleteDatabase('driftline'));
    byId('kept-list').replaceChildren();
    byId('kept-some').hidden = true;
    say('deleted');
    byId('kept-title')?.focus({ preventScroll: true });
  },
  async 'kept-show'() {
    const card = byId('kept');
    card.querySelector('details').open = true;
    card.scrollIntoView({ block: 'nearest' });
    byId('kept-title').focus({ preventScroll: true });
  },
  'share-link': shareLink,
  async 'share-file'() {
    offer('driftline-finding.json', await share(50));
    say('saved');
  },
};

document.addEventListener('click', ({ target }) => {
  const button = target.closest?.('[data-act]');
  const act = button && Object.hasOwn(ACTS, button.dataset.act) && ACTS[button.dataset.act];
  if (act) act(button.dataset).catch((why) => say(`${byId('kept-said').dataset.failed} ${why.message}`));
});
// A `toggle` does not bubble.
document.addEventListener('toggle', ({ target }) => {
  if (target.parentElement?.id === 'kept' && target.open) list().catch(() => {});
}, true);

// ---- opened ----------------------------------------------------------------------------------

/** Whether a file is a report, by how those begin that Driftline writes. */
const isReport = async (file) => /^\s*\{\s*"schema"\s*:\s*"driftline\.report\//.test(await file.slice(0, 200).text());

async function openFile(file) {
  if (file.size <= LONGEST_REPORT && await isReport(file)) open(await file.text());
  else open('');
}

// Reports come by the same ways as data: seen before the page, and left to it where they are none.
const mayBeReport = (files) => files?.length === 1 && /\.json$/i.test(files[0].name);
const passed = new WeakSet();

addEventListener('drop', async (event) => {
  const files = event.dataTransfer?.files;
  if (passed.has(event) || !mayBeReport(files)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const [file] = files;
  const { target } = event;
  target.dispatchEvent(new DragEvent('dragleave', { bubbles: true }));
  if (await isReport(file)) {
    await openFile(file);
    return;
  }
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(file);
  const again = new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer });
  passed.add(again);
  target.dispatchEvent(again);
}, true);

addEventListener('change', async (event) => {
  const { target } = event;
  if (passed.has(event) || target.type !== 'file' || !mayBeReport(target.files)) return;
  event.stopImmediatePropagation();
  const [file] = target.files;
  if (target.id === 'open-report' || await isReport(file)) {
    target.value = '';
    await openFile(file);
    return;
  }
  const again = new Event('change', { bubbles: true });
  passed.add(again);
  target.dispatchEvent(again);
}, true);
