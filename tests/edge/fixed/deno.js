// The handler in Deno at one instant, for the tests.
import { createFetchHandler, memoryStorage } from '../../../npm/dist/edge.js';

const [instant, replica] = Deno.args;
const handler = createFetchHandler({
  storage: memoryStorage(), replica, now: () => Date.parse(instant), authorize: () => ({}),
});
Deno.serve({
  hostname: '127.0.0.1',
  port: 0,
  onListen: ({ port }) => console.log(`listening on http://127.0.0.1:${port}`),
}, (request) => handler(request));
