// Driftline in workerd: one Durable Object is one service, and keeps its state.
import { bearer, createFetchHandler } from 'driftline/edge.js';
import module from 'driftline/edge.wasm';

export class Monitor {
  constructor(state, env) {
    this.state = state;
    const everything = { name: 'operator', scopes: ['ingest', 'read', 'admin'] };
    this.handler = createFetchHandler({
      module,
      storage: state.storage,
      secrets: env.SECRET ? [env.SECRET] : [],
      // Without a token: whoever reaches it may send events and look, and nobody may change what is watched.
      authorize: env.TOKEN ? bearer({ [env.TOKEN]: everything }) : undefined,
      onEvent: (event) => console.log(JSON.stringify(event)),
    });
  }

  async fetch(request) {
    const answer = await this.handler(request, this.state);
    if ((await this.state.storage.getAlarm()) === null) await this.state.storage.setAlarm(Date.now() + 15_000);
    return answer;
  }

  /** Looks, and sends orders, also when nobody asks. */
  async alarm() {
    const next = await this.handler.tick();
    if (next !== undefined) await this.state.storage.setAlarm(Math.max(next, Date.now() + 1_000));
  }
}

export default {
  fetch: (request, env) => env.MONITOR.get(env.MONITOR.idFromName('default')).fetch(request),
};
