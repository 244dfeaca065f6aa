// What people write against the types: it must pass tsc in strict mode, but for the lines that say what they expect.
import { bearer, createFetchHandler, memoryStorage } from '../../../npm/dist/edge.js';
import { folderStorage } from '../../../npm/dist/folder_storage.js';

const handler = createFetchHandler({
  storage: folderStorage('state'),
  authorize: bearer({ token: { name: 'ada', scopes: ['ingest', 'read'], models: ['default'] } }),
  learn: 1000,
  secrets: ['whsec_'],
  headerSecrets: { k8s: { value: 'x', origin: 'https://10.96.0.1' } },
  onEvent: ({ kind, model }) => console.log(kind, model),
});
const answer: Promise<Response> = handler(new Request('http://127.0.0.1/drift'), { waitUntil() {} });
const next: Promise<number | undefined> = handler.tick();
const taken: Promise<boolean> = handler.push('https://driftline.example', { token: 'x' }).then((told) => told.taken);
const open = createFetchHandler({ storage: memoryStorage(), authorize: (request, scope) => (scope === 'admin' ? null : { name: request.url }) });
// @ts-expect-error: there is no such scope
bearer({ token: { scopes: ['write'] } });
// @ts-expect-error: a storage has more than that
createFetchHandler({ storage: { get: async () => undefined } });
void [answer, next, taken, open];
