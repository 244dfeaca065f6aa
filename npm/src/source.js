// Whatever holds a file's bytes, as chunks: in order, no more than a few megabytes at a time, and from the beginning again
// where it can.
import { argument, DriftlineError } from './errors.js';
import { platform } from './platform.js';

/** Bytes that the module takes at a time. */
const CHUNK_BYTES = 4 << 20;

/** How long a page waits for its turn, at most, while something in memory is read. */
const TURN_MILLIS = 30;

const turn = typeof setImmediate === 'function'
  ? () => new Promise((done) => { setImmediate(done); })
  : () => new Promise((done) => { setTimeout(done, 0); });

/** What the module reads from: `name`, `next(rows)` and `again()`. */
class ByteSource {
  #open;
  #isOnce;
  #chunks;
  #rest;
  #signal;
  #onChunk;
  #turnBegan = performance.now();

  constructor({ name, bytes, open, isOnce = false }, signal, onChunk) {
    this.name = name;
    this.bytes = bytes;
    this.#open = open;
    this.#isOnce = isOnce;
    this.#signal = signal;
    this.#onChunk = onChunk;
  }

  async next(rows) {
    this.#signal?.throwIfAborted();
    this.#onChunk?.(this, 0, rows);
    if (performance.now() - this.#turnBegan > TURN_MILLIS) {
      await turn();
      this.#turnBegan = performance.now();
      this.#signal?.throwIfAborted();
    }
    const chunk = await this.#next();
    this.#signal?.throwIfAborted();
    if (chunk) this.#onChunk?.(this, chunk.byteLength, rows);
    return chunk;
  }

  async #next() {
    this.#chunks ??= this.#open(this.#signal)[Symbol.asyncIterator]();
    while (!this.#rest?.byteLength) {
      const { done, value } = await this.#chunks.next();
      if (done) return undefined;
      this.#rest = bytesOf(value, this.name);
    }
    const chunk = this.#rest.subarray(0, CHUNK_BYTES);
    this.#rest = this.#rest.subarray(chunk.byteLength);
    return chunk;
  }

  async again() {
    if (this.#isOnce) {
      const message = 'this spec (segments, or a convention) reads it twice: give a File, a Blob, bytes, text or a URL instead of a stream';
      throw argument(this.name, message);
    }
    await this.close();
  }

  /** Lets go of what it holds open. */
  async close() {
    const chunks = this.#chunks;
    this.#chunks = undefined;
    this.#rest = undefined;
    try {
      await chunks?.return?.();
    } catch {
      // Nobody reads it any more; why it could not be closed helps nobody.
    }
  }
}

/** A chunk as bytes, where it is. */
export function bytesOf(chunk, name) {
  if (chunk instanceof Uint8Array) return chunk;
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (typeof chunk === 'string') return new TextEncoder().encode(chunk);
  throw argument(name, `expected chunks of bytes or text, found ${typeof chunk}`);
}

async function* slices(blob, name) {
  for (let start = 0; start < blob.size; start += CHUNK_BYTES) {
    try {
      yield await blob.slice(start, start + CHUNK_BYTES).arrayBuffer();
    } catch (error) {
      const message = `this file can no longer be read; was it changed, moved or deleted? (${error.message})`;
      throw new DriftlineError({ code: 'read', place: `${name}, byte ${start}`, message, file: name }, { cause: error });
    }
  }
}

async function* once(chunk) {
  yield chunk;
}

/** A stream's chunks; Safari's streams cannot be iterated. */
async function* drained(stream) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function* fetched(url, name, signal) {
  let response;
  try {
    response = await platform.fetch(url, { signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new DriftlineError({ code: 'read', place: name, message: `it could not be fetched: ${error.message}`, file: name }, { cause: error });
  }
  yield* answered(response, name);
}

async function* answered(response, name) {
  if (!response.ok) {
    const message = `expected a file, found ${response.status} ${response.statusText}`.trim();
    throw new DriftlineError({ code: 'read', place: name, message, file: name });
  }
  if (response.body) yield* drained(response.body);
}

/** The last part of an address. */
function baseName(address) {
  try {
    return decodeURIComponent(new URL(address).pathname.split('/').pop());
  } catch {
    return '';
  }
}

/** What a value holds: its name, its size where that is known, and how to open it. */
export function described(value, place, name) {
  const called = (found) => name ?? (found || place);
  if (typeof value === 'string') return { name: called(), open: () => once(value) };
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    return { name: called(), bytes: value.byteLength, open: () => once(value) };
  }
  if (typeof Blob !== 'undefined' && value instanceof Blob) {
    return { name: called(value.name), bytes: value.size, open: () => slices(value, called(value.name)) };
  }
  if (value instanceof URL) {
    const known = called(baseName(value));
    return { name: known, open: (signal) => fetched(value, known, signal), isLocal: value.protocol === 'file:' };
  }
  if (typeof Response !== 'undefined' && value instanceof Response) {
    const known = called(baseName(value.url));
    return { name: known, open: () => answered(value, known), isOnce: true };
  }
  if (typeof ReadableStream !== 'undefined' && value instanceof ReadableStream) {
    return { name: called(), open: () => drained(value), isOnce: true };
  }
  if (value && typeof value.asStored === 'function') {
    const stored = value.asStored();
    return { name: called(stored.name), bytes: stored.bytes.byteLength, open: () => once(stored.bytes), stored: stored.bytes };
  }
  if (value && typeof value[Symbol.asyncIterator] === 'function') {
    return { name: called(), open: () => value, isOnce: true };
  }
  const found = value === null ? 'null' : typeof value;
  throw argument(place, `expected a File, a Blob, a Response, bytes, a stream, text or a URL, found ${found}`);
}

/** A value as what the module reads from. */
export function sourceOf(value, place, { name, signal, onChunk } = {}) {
  return new ByteSource(described(value, place, name), signal, onChunk);
}
