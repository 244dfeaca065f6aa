// The service worker: the page works without a network once it was there. It keeps the files of one build, listed here by
// the build itself, and answers for them alone; whatever else the page's address has (a server's data, a proxy's login) it
// never sees. The document is asked for anew each time and kept for when nobody answers, so that a newer version is never
// hidden: an older one lives on only for tabs that are still open with it.
const VERSION = '';
const FILES = [];

const scope = new URL('./', self.location.href).pathname;
// Another copy of the page on the same host, at another path, has caches of its own.
const ours = `driftline ${scope} `;
const cacheName = ours + VERSION;

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(cacheName);
    // The document's address is the same for every build: an answer that a host let browsers keep may be another build's.
    await Promise.all([
      cache.add(new Request('./', { cache: 'reload' })),
      cache.addAll(FILES),
    ]);
  })());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith(ours) && name !== cacheName) await caches.delete(name);
    }
  })());
});

/** What a request of this page's build is kept under; undefined where it is not of it. */
function kept(request) {
  const address = new URL(request.url);
  if (request.method !== 'GET' || address.origin !== self.location.origin || !address.pathname.startsWith(scope)) return undefined;
  const path = address.pathname.slice(scope.length);
  if (path === '' || path === 'index.html') return './';
  return FILES.includes(path) ? path : undefined;
}

self.addEventListener('fetch', (event) => {
  const path = kept(event.request);
  if (path === undefined) return;
  event.respondWith((async () => {
    const cache = await caches.open(cacheName);
    if (path === './') {
      try {
        return await fetch(event.request);
      } catch (nobody) {
        const document = await cache.match(path);
        if (document) return document;
        throw nobody;
      }
    }
    return (await cache.match(path)) ?? fetch(event.request);
  })());
});
