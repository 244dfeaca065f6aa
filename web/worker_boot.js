// Starts a worker's wasm, then gives up every way to the network: a worker fetched from a plain
// static host does not inherit the page's policy, so it binds itself. The build makes one of these
// for each worker, with its own name in the place of driftline-worker.
import init from './driftline-worker.js';

// A failure inside an awaited step would otherwise be silent; thrown here, the page hears of it.
addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  setTimeout(() => {
    throw event.reason ?? new Error('the worker stopped for an unknown reason');
  });
});

await init({ module_or_path: new URL('./driftline-worker_bg.wasm', import.meta.url) });

for (const name of [
  'fetch', 'XMLHttpRequest', 'WebSocket', 'WebSocketStream', 'EventSource', 'WebTransport', 'RTCPeerConnection',
  'Worker', 'importScripts', 'BroadcastChannel', 'indexedDB', 'caches',
]) {
  if (name in self) Object.defineProperty(self, name, { value: undefined, configurable: false, writable: false });
}
