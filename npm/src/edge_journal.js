// What is kept in a storage, so that a restart changes nothing: a snapshot in parts, and the entries since.
//
//   driftline/head                        { generation, parts, entries }
//   driftline/snapshot/GENERATION/PART    bytes
//   driftline/entry/NUMBER                entries from this number on, each behind its length
//
// Entries that wait while a write is on its way go together in the next one. The head is written after all parts of a
// snapshot and before anything is removed, so that whatever is cut off, one whole state is there.

/** Below the 128 KiB that a Durable Object takes for one value. */
const PART_BYTES = 96 << 10;

const number = (count) => String(count).padStart(12, '0');

/** A storage that ends with the isolate. */
export function memoryStorage() {
  const values = new Map();
  return {
    get: async (key) => values.get(key),
    put: async (key, value) => { values.set(key, value); },
    delete: async (key) => values.delete(key),
    list: async ({ prefix }) => new Map([...values].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

export class Journal {
  #storage;
  #everyEntries;
  #everyBytes;
  #generation = 0;
  #waiting = [];
  #writing;
  #since = { entries: 0, bytes: 0, keys: [] };
  #next = 0;

  constructor(storage, { checkpointEntries = 500, checkpointBytes = 1 << 20 } = {}) {
    this.#storage = storage;
    this.#everyEntries = checkpointEntries;
    this.#everyBytes = checkpointBytes;
  }

  /** The latest snapshot, where there is one, and the entries since. */
  async load() {
    const head = await this.#storage.get('driftline/head');
    let snapshot;
    if (head) {
      const parts = await this.#storage.list({ prefix: `driftline/snapshot/${number(head.generation)}/` });
      const bytes = [...parts.values()];
      if (bytes.length !== head.parts) throw new Error(`expected a snapshot of ${head.parts} parts, found ${bytes.length}`);
      snapshot = joined(bytes.map((part) => new Uint8Array(part)));
      this.#generation = head.generation;
      this.#next = head.entries;
    }
    const kept = await this.#storage.list({ prefix: 'driftline/entry/' });
    const entries = [];
    for (const [key, value] of kept) {
      this.#since.keys.push(key);
      const first = Number(key.slice('driftline/entry/'.length));
      const group = parted(new Uint8Array(value));
      // A cut between the head and the removal of what it holds leaves earlier ones.
      entries.push(...group.slice(Math.max(0, this.#next - first)));
      this.#next = Math.max(this.#next, first + group.length);
      this.#since.entries += group.length;
      this.#since.bytes += value.length;
    }
    return { snapshot, entries };
  }

  /** Keeps an entry; resolves once the storage has it. `state` gives a snapshot of all so far, and how many entries that is. */
  append(entry, state) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, state, resolve, reject });
      this.#writing ??= this.#write().finally(() => { this.#writing = undefined; });
    });
  }

  async #write() {
    // Those who ask at the same time are written together.
    await undefined;
    while (this.#waiting.length) {
      const group = [this.#waiting.shift()];
      let bytes = 4 + group[0].entry.length;
      while (this.#waiting.length && bytes + 4 + this.#waiting[0].entry.length <= PART_BYTES) {
        bytes += 4 + this.#waiting[0].entry.length;
        group.push(this.#waiting.shift());
      }
      try {
        const since = this.#since;
        if (bytes > PART_BYTES || since.entries + group.length > this.#everyEntries || since.bytes + bytes > this.#everyBytes) {
          // The state holds all who wait.
          group.push(...this.#waiting.splice(0));
          await this.#checkpoint(...group.at(-1).state());
        } else {
          const key = `driftline/entry/${number(this.#next)}`;
          await this.#storage.put(key, framed(group.map(({ entry }) => entry)));
          this.#next += group.length;
          since.entries += group.length;
          since.bytes += bytes;
          since.keys.push(key);
        }
      } catch (error) {
        // What comes after it rests on it.
        for (const { reject } of [...group, ...this.#waiting.splice(0)]) reject(error);
        return;
      }
      for (const { resolve } of group) resolve();
    }
  }

  async #checkpoint(snapshot, entries) {
    const before = this.#generation;
    const generation = before + 1;
    const parts = Math.ceil(snapshot.length / PART_BYTES);
    for (let part = 0; part < parts; part += 1) {
      const bytes = snapshot.slice(part * PART_BYTES, (part + 1) * PART_BYTES);
      await this.#storage.put(`driftline/snapshot/${number(generation)}/${number(part)}`, bytes);
    }
    await this.#storage.put('driftline/head', { generation, parts, entries });
    this.#generation = generation;
    this.#next = entries;
    const gone = this.#since.keys;
    this.#since = { entries: 0, bytes: 0, keys: [] };
    if (before > 0) gone.push(...(await this.#storage.list({ prefix: `driftline/snapshot/${number(before)}/` })).keys());
    for (const key of gone) await this.#storage.delete(key);
  }
}

function joined(pieces) {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function framed(entries) {
  return joined(entries.flatMap((entry) => [new Uint8Array(new Uint32Array([entry.length]).buffer), entry]));
}

function parted(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = view.getUint32(at, true);
    entries.push(bytes.slice(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return entries;
}
