// How far reading has come, told often enough to be seen and no oftener.

const EVERY_MILLIS = 100;

/** A listener for the sources of one job, or nothing where nobody listens. `sources` is filled by who makes them. */
export function progress(onProgress) {
  if (!onProgress) return undefined;
  const sources = [];
  let bytes = 0;
  let rows = 0;
  let current;
  let told = -Infinity;
  const listener = (source, read, rowsOfSource) => {
    if (source !== current) {
      current = source;
      rows = 0;
    }
    bytes += read;
    rows = rowsOfSource;
    const now = performance.now();
    if (now - told < EVERY_MILLIS) return;
    told = now;
    const sizes = sources.map((each) => each.bytes);
    const totalBytes = sizes.includes(undefined) ? undefined : sizes.reduce((sum, size) => sum + size, 0);
    onProgress({ source: source.name, bytes, rows, ...(totalBytes === undefined ? {} : { totalBytes }) });
  };
  listener.sources = sources;
  return listener;
}
