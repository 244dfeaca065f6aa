// Driftline in Node: the short API over a state that a folder keeps.
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
// In a project of your own: 'driftline/edge' and 'driftline/folder-storage'.
import { bearer, createFetchHandler } from '../../npm/dist/edge.js';
import { folderStorage } from '../../npm/dist/folder_storage.js';

const { PORT = '8788', DRIFTLINE_DATA = 'driftline-data', DRIFTLINE_TOKEN, DRIFTLINE_SECRET } = process.env;

const everything = { name: 'operator', scopes: ['ingest', 'read', 'admin'] };
const byToken = DRIFTLINE_TOKEN && bearer({ [DRIFTLINE_TOKEN]: everything });
const handler = createFetchHandler({
  storage: folderStorage(DRIFTLINE_DATA),
  secrets: DRIFTLINE_SECRET,
  // It listens to this machine alone: whoever is on it may do everything where there is no token.
  authorize: byToken || (() => everything),
  onEvent: (event) => console.log(JSON.stringify(event)),
});

const server = createServer(async (incoming, outgoing) => {
  const hasBody = !['GET', 'HEAD'].includes(incoming.method);
  const request = new Request(`http://127.0.0.1${incoming.url}`, {
    method: incoming.method,
    headers: Object.entries(incoming.headersDistinct).flatMap(([name, values]) => values.map((value) => [name, value])),
    ...(hasBody && { body: Readable.toWeb(incoming), duplex: 'half' }),
  });
  const answer = await handler(request);
  outgoing.writeHead(answer.status, [...answer.headers].flat());
  outgoing.end(Buffer.from(await answer.arrayBuffer()));
});

// An alert should not wait for somebody to ask.
const look = setInterval(() => handler.tick().catch((error) => console.error(error.message)), 5_000);

server.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    clearInterval(look);
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
