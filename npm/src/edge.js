// The service at the edge: a `fetch` handler for workerd, Deno, Node and whatever else has Request and Response. The state
// is in memory; what changes it is kept in a storage with the interface of a Durable Object before it is answered.
import startEdge, { endpoint, refusal, Station } from './edge_glue.js';
import { Journal, memoryStorage } from './edge_journal.js';
import { attempt, receiver } from './edge_orders.js';

export { memoryStorage };

const VERSION = '0.1.0';
const MIB = 1 << 20;

let starting;

/** Loads the wasm module, once: from the package, or from where the host has it. */
async function start(module) {
  starting ??= (async () => {
    module = await (module ?? packaged());
    await startEdge({ module_or_path: module });
  })();
  try {
    await starting;
  } catch (error) {
    // The next one may have more luck with the network.
    starting = undefined;
    throw error;
  }
}

async function packaged() {
  const address = new URL('./edge.wasm', import.meta.url);
  if (address.protocol === 'file:' && globalThis.process?.versions?.node && !globalThis.Deno) {
    const { readFile } = await import('node:fs/promises');
    return readFile(address);
  }
  return address;
}

/** Who may ask, by bearer tokens: `{ token: { name, scopes: ['ingest', 'read', 'admin'], models? } }`. */
export function bearer(tokens) {
  const digest = async (text) => new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const known = Object.entries(tokens).map(async ([token, caller]) => [await digest(token), caller]);
  return async (request, scope) => {
    const sent = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    if (!sent) return undefined;
    const found = await digest(sent);
    for (const [own, caller] of await Promise.all(known)) {
      // Hashes: how long a comparison takes says nothing of the token.
      if (own.every((byte, i) => byte === found[i])) return caller.scopes.includes(scope) ? caller : null;
    }
    return undefined;
  };
}

/** Without anything said: whoever reaches it may send events and look, and nobody may change what is watched. */
const withoutTokens = (_request, scope) => (scope === 'admin' ? null : {});

class Edge {
  #options;
  #storage;
  #journal;
  #station;
  #loading;
  #sending;
  #replica;

  constructor(options) {
    this.#options = options;
    this.#storage = options.storage ?? memoryStorage();
  }

  now() {
    return (this.#options.now ?? Date.now)();
  }

  /** The service: as the storage has it, the first time and after a write that failed. */
  async station() {
    if (this.#station) return this.#station;
    this.#loading ??= this.#load().finally(() => { this.#loading = undefined; });
    return this.#loading;
  }

  async #load() {
    const { module, version = VERSION, learn, spec } = this.#options;
    await start(module);
    this.#replica ??= this.#options.replica ?? await this.#ownName();
    const journal = new Journal(this.#storage, this.#options.journal);
    const { snapshot, entries } = await journal.load();
    const station = snapshot ? Station.restore(snapshot, version, this.#replica) : new Station(version, this.#replica);
    for (const entry of entries) station.replay(entry);
    if (!this.#options.storage) station.warn('the state is kept in memory alone: it ends with this isolate');
    this.#journal = journal;
    this.#station = station;
    const text = spec === undefined || typeof spec === 'string' ? spec : JSON.stringify(spec);
    await this.#keep(station.configure(learn, text, this.now()));
    return station;
  }

  /** A name that lasts as long as the storage: two replicas of one name would count as one. */
  async #ownName() {
    const kept = await this.#storage.get('driftline/replica');
    if (kept) return kept;
    const name = crypto.randomUUID();
    await this.#storage.put('driftline/replica', name);
    return name;
  }

  /** Keeps what has changed. Where it cannot be kept it has not happened: the state is loaded anew. */
  async #keep(handled) {
    for (const told of ['effects', 'transitions', 'problems']) {
      for (const what of handled[told]) this.#options.onEvent?.({ kind: told.slice(0, -1), ...what });
    }
    if (!handled.entry) return;
    const station = this.#station;
    try {
      await this.#journal.append(handled.entry, () => [station.snapshot(), station.entries()]);
    } catch (error) {
      if (this.#station === station) {
        this.#station = undefined;
        station.free();
      }
      throw error;
    }
  }

  async answer(request, context) {
    const { pathname, search } = new URL(request.url);
    try {
      const asked = { method: request.method, url: pathname + search, headers: [...request.headers] };
      const found = await this.#admitted(request, pathname, asked);
      if (found.refused) return found.refused;
      const station = await this.station();
      const handled = station.handle(asked, this.now());
      await this.#keep(handled);
      if (handled.effects.length) {
        const sending = this.deliver();
        context?.waitUntil ? context.waitUntil(sending) : sending.catch(() => {});
      }
      return written(handled, request.method);
    } catch (error) {
      this.#options.onEvent?.({ kind: 'failure', message: String(error?.message ?? error) });
      // Nobody is told what lies behind this host.
      return refused('not-ready', 'the state cannot be read or kept just now', pathname, { 'retry-after': '1' });
    }
  }

  /** Whether it is answered at all: by scope and length, before anything else is done. */
  async #admitted(request, path, asked) {
    await start(this.#options.module);
    const found = endpoint(request.method, path);
    if (!found) return {};
    if (found.scope !== 'public') {
      const caller = await (this.#options.authorize ?? withoutTokens)(request, found.scope);
      if (caller === undefined) {
        const headers = { 'www-authenticate': 'Bearer' };
        return { refused: refused('unauthenticated', 'expected Authorization: Bearer and a token, found none that is known', path, headers) };
      }
      if (caller === null) {
        const detail = this.#options.authorize
          ? `expected a token for ${found.scope}, found one for less`
          : `expected a host that says who may do this (${found.scope}): createFetchHandler({ authorize })`;
        return { refused: refused('forbidden', detail, path) };
      }
      if (caller.name) asked.actor = caller.name;
      if (caller.models) asked.models = caller.models.join('\n');
    }
    const most = Math.min(found.maxBody, this.#options.maxBody ?? 16 * MIB);
    const body = await bodyOf(request, most);
    if (body.refused) return { refused: refused(...body.refused, path) };
    asked.body = body.bytes;
    return {};
  }

  /** A look where one is due, and orders that are; gives when to call again, in milliseconds since 1970. */
  async tick() {
    const station = await this.station();
    await this.#keep(station.tick(this.now()));
    await this.deliver();
    return (await this.station()).next_due();
  }

  /** Sends the orders that are due, one after the other; each attempt is kept before the next one. */
  deliver() {
    this.#sending ??= this.#deliver().finally(() => { this.#sending = undefined; });
    return this.#sending;
  }

  async #deliver() {
    for (const order of (await this.station()).orders_due(this.now())) {
      const { outcome, status, retryAfter, why } = await attempt(order, receiver(this.#options), this.now());
      const station = await this.station();
      this.#options.onEvent?.({ kind: 'attempt', model: order.model, key: order.key, outcome, status, why });
      await this.#keep(station.delivered(order.key, outcome, status, retryAfter, why ?? '', this.now()));
    }
  }

  /** What this replica holds of a model, for another one to add up. */
  async bundle(model = 'default') {
    const station = await this.station();
    const url = `/v1/state?model=${encodeURIComponent(model)}`;
    const handled = station.handle({ method: 'GET', url, headers: [] }, this.now());
    await this.#keep(handled);
    if (handled.status !== 200) throw new Error(new TextDecoder().decode(handled.body).trim());
    return handled.body;
  }

  /** Posts the bundle to a server, which adds it up; gives its answer. */
  async push(to, { token, model = 'default' } = {}) {
    const send = this.#options.fetch ?? globalThis.fetch;
    const headers = { 'content-type': 'application/octet-stream' };
    if (token) headers.authorization = `Bearer ${token}`;
    const url = new URL(`/v1/state?model=${encodeURIComponent(model)}`, to);
    const answer = await send(url, { method: 'POST', headers, body: await this.bundle(model) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${url.origin} answered ${answer.status}: ${text.trim()}`);
    return JSON.parse(text);
  }

  async snapshot() {
    return (await this.station()).snapshot();
  }

  free() {
    this.#station?.free();
    this.#station = undefined;
  }
}

/** The body within `most` bytes, with its content coding undone. */
async function bodyOf(request, most) {
  if (!request.body) return { bytes: undefined };
  const coding = (request.headers.get('content-encoding') ?? 'identity').toLowerCase();
  if (!['identity', 'gzip', 'deflate'].includes(coding)) {
    return { refused: ['unsupported-type', 'expected a Content-Encoding of gzip, deflate or identity, found another'] };
  }
  const stream = coding === 'identity' ? request.body : request.body.pipeThrough(new DecompressionStream(coding));
  const pieces = [];
  let length = 0;
  try {
    for (const reader = stream.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > most) {
        await reader.cancel().catch(() => {});
        return { refused: ['too-large', `expected a body of at most ${most} bytes, found more`] };
      }
      pieces.push(value);
    }
  } catch {
    return { refused: ['malformed', `expected a body in ${coding}, found other bytes`] };
  }
  if (pieces.length === 1) return { bytes: pieces[0] };
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return { bytes };
}

const OURS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

function written({ status, headers, body }, method, more = {}) {
  const all = new Headers({ 'cache-control': 'no-store', ...OURS, ...more });
  for (const [name, value] of headers) all.set(name, value);
  const isEmpty = method === 'HEAD' || status === 204;
  return new Response(isEmpty ? null : body, { status, headers: all });
}

function refused(kind, detail, path, headers) {
  return written(refusal(kind, detail, path), 'GET', headers);
}

/**
 * A `fetch` handler with a service behind it: `handler(request, context?)`, and `handler.tick()`, `.deliver()`, `.bundle()`,
 * `.push()`, `.snapshot()`, `.free()`. See the types for what may be said.
 */
export function createFetchHandler(options = {}) {
  const edge = new Edge(options);
  const handler = (request, context) => edge.answer(request, context);
  for (const name of ['tick', 'deliver', 'bundle', 'push', 'snapshot', 'free']) handler[name] = (...given) => edge[name](...given);
  return handler;
}
