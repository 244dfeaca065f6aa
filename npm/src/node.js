// The package in Node.js: its wasm, and whatever `file:` names, is read from the disk.
import { createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { platform } from './platform.js';

const fetchRemote = platform.fetch;

platform.fetch = async (url, options) => {
  const address = new URL(url);
  if (address.protocol !== 'file:') return fetchRemote(url, options);
  if (address.pathname.endsWith('.wasm')) return new Response(await readFile(address), { headers: { 'content-type': 'application/wasm' } });
  await access(address); // a stream would tell of it later, and less clearly
  return new Response(Readable.toWeb(createReadStream(address, { highWaterMark: 1 << 20 })));
};

platform.spawn = (url, onMessage, onEnd) => {
  const worker = new Worker(url ?? new URL('./node_worker.js', import.meta.url));
  worker.on('message', onMessage);
  worker.on('error', (error) => onEnd(error.message));
  worker.unref();
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    close: () => { worker.terminate(); },
    // A pool that waits for nothing keeps no program alive.
    ref: () => worker.ref(),
    unref: () => worker.unref(),
  };
};

export * from './index.js';
