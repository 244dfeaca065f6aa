import type { Storage } from './edge.js';

/** A folder as a storage, for Node and Deno: one file for each key, on disk before it counts. One process at a time. */
export function folderStorage(folder: string): Storage;
