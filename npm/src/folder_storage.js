// A folder as the storage of a service at the edge, for Node and Deno: one file for each key, on disk before it counts.
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const nameOf = (key) => `${encodeURIComponent(key)}.bin`;
const keyOf = (name) => decodeURIComponent(name.slice(0, -'.bin'.length));

/** Values are bytes, or what JSON can say: a byte in front tells which. */
const BYTES = 0;
const JSON_TEXT = 1;

function encoded(value) {
  const isBytes = value instanceof Uint8Array;
  const body = isBytes ? value : new TextEncoder().encode(JSON.stringify(value));
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = isBytes ? BYTES : JSON_TEXT;
  bytes.set(body, 1);
  return bytes;
}

function decoded(bytes) {
  const body = new Uint8Array(bytes.subarray(1));
  return bytes[0] === BYTES ? body : JSON.parse(new TextDecoder().decode(body));
}

async function synced(path, flags, write) {
  const file = await open(path, flags);
  try {
    await write?.(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** One process at a time may use a folder. */
export function folderStorage(folder) {
  const ready = mkdir(folder, { recursive: true });
  const path = (key) => join(folder, nameOf(key));
  const get = async (key) => {
    await ready;
    try {
      return decoded(await readFile(path(key)));
    } catch (error) {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    }
  };
  return {
    get,
    async put(key, value) {
      await ready;
      const draft = join(folder, `${nameOf(key)}.draft`);
      await synced(draft, 'w', (file) => file.writeFile(encoded(value)));
      await rename(draft, path(key));
      // The name too: without this a power cut may lose it.
      await synced(folder, 'r');
    },
    async delete(key) {
      await ready;
      await rm(path(key), { force: true });
    },
    async list({ prefix }) {
      await ready;
      const names = (await readdir(folder)).filter((name) => name.endsWith('.bin'));
      const keys = names.map(keyOf).filter((key) => key.startsWith(prefix)).sort();
      return new Map(await Promise.all(keys.map(async (key) => [key, await get(key)])));
    },
  };
}
