// Serves a directory as any static host would: right media types, nothing added to the page.
//
//   node scripts/serve.mjs DIR [--port 8000] [--host 127.0.0.1] [--base /] [--frames]
//
// With --frames its pages may have frames of their own origin.
//
// The browser tests import `serve` and so get the same answers, under a sub-path if they like.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const MEDIA_TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

// Sent with every answer, so that a page which needs more than this shows it at once.
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The file an address names inside `root`, or undefined: nothing outside it, no hidden files. */
function fileFor(root, base, url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return undefined;
  }
  if (!path.startsWith(base) || path.includes('\0') || path.includes('/.')) return undefined;
  const file = normalize(join(root, path.slice(base.length)));
  if (file !== root && !file.startsWith(root + sep)) return undefined;
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile()) return { file, size: found.size };
  if (!found?.isDirectory() || !path.endsWith('/')) return undefined;
  const index = statSync(join(file, 'index.html'), { throwIfNoEntry: false });
  return index?.isFile() ? { file: join(file, 'index.html'), size: index.size } : undefined;
}

/** Starts serving; resolves to `{ address, close }`. Port 0 takes any free one. */
export function serve(directory, { port = 0, host = '127.0.0.1', base = '/', frames = false } = {}) {
  const policy = frames ? `${CONTENT_SECURITY_POLICY}; frame-src 'self'` : CONTENT_SECURITY_POLICY;
  const root = resolve(directory);
  if (!base.startsWith('/') || !base.endsWith('/')) throw new Error(`base must begin and end with "/", found ${base}`);
  const server = createServer((request, response) => {
    const headers = {
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { ...headers, allow: 'GET, HEAD' }).end();
      return;
    }
    const found = fileFor(root, base, request.url);
    if (!found) {
      response.writeHead(404, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end('not found\n');
      return;
    }
    response.writeHead(200, {
      ...headers,
      'content-type': MEDIA_TYPES[extname(found.file)] ?? 'application/octet-stream',
      'content-length': found.size,
    });
    if (request.method === 'HEAD') response.end();
    else createReadStream(found.file).on('error', () => response.destroy()).pipe(response);
  });
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, host, () => {
      const name = host === '127.0.0.1' ? 'localhost' : host;
      done({
        address: `http://${name}:${server.address().port}${base}`,
        close: () => new Promise((closed) => {
          server.close(closed);
          server.closeAllConnections?.();
        }),
      });
    });
  });
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '8000' },
      host: { type: 'string', default: '127.0.0.1' },
      base: { type: 'string', default: '/' },
      frames: { type: 'boolean', default: false },
    },
  });
  try {
    const { address } = await serve(positionals[0] ?? 'dist', { ...values, port: Number(values.port) });
    console.log(`Driftline is at ${address}  (Ctrl-C ends it)`);
  } catch (error) {
    const why = error.code === 'EADDRINUSE' ? `port ${values.port} is taken; try --port 8001` : error.message;
    console.error(`serve: ${why}`);
    process.exit(1);
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
}
