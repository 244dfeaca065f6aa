// What differs between hosts: where the modules' bytes come from, how a local file is read, how a worker starts. This is
// the web's way, and Deno's; `node.js` puts another in place.

export const platform = {
  /** The bytes at an address. */
  fetch: (url, options) => fetch(url, options),

  /** Starts a worker and gives its two ends: `post(message, transfer)` and `close()`. */
  spawn(url, onMessage, onEnd) {
    // The form that bundlers recognise; another address is for who serves the file elsewhere.
    const worker = url
      ? new Worker(url, { type: 'module' })
      : new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => onMessage(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      onEnd(event.message ?? 'the worker could not be started');
    };
    return {
      post: (message, transfer = []) => worker.postMessage(message, transfer),
      close: () => worker.terminate(),
      unref() {},
    };
  },
};
