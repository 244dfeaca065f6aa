// The handler in workerd at one instant, for the tests; and how long a request takes inside.
import { createFetchHandler } from 'driftline/edge.js';
import module from 'driftline/edge.wasm';

export class Monitor {
  constructor(state, env) {
    this.handler = createFetchHandler({
      module, storage: state.storage, replica: env.REPLICA, now: () => Date.parse(env.INSTANT), authorize: () => ({}),
    });
  }

  fetch(request) {
    return this.handler(request);
  }
}

export default {
  fetch: (request, env) => env.MONITOR.get(env.MONITOR.idFromName('default')).fetch(request),
};
