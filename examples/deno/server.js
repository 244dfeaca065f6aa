// Driftline in Deno: the short API over a state that a folder keeps.
import { bearer, createFetchHandler } from 'driftline/edge';
import { folderStorage } from 'driftline/folder-storage';

const token = Deno.env.get('DRIFTLINE_TOKEN');
const everything = { name: 'operator', scopes: ['ingest', 'read', 'admin'] };
const handler = createFetchHandler({
  storage: folderStorage(Deno.env.get('DRIFTLINE_DATA') ?? 'driftline-data'),
  // It listens to this machine alone: whoever is on it may do everything where there is no token.
  authorize: token ? bearer({ [token]: everything }) : () => everything,
  onEvent: (event) => console.log(JSON.stringify(event)),
});

// An alert should not wait for somebody to ask.
setInterval(() => handler.tick().catch((error) => console.error(error.message)), 5_000);

Deno.serve({
  hostname: '127.0.0.1',
  port: Number(Deno.env.get('PORT') ?? '8789'),
  onListen: ({ port }) => console.log(`listening on http://127.0.0.1:${port}`),
}, (request) => handler(request));
