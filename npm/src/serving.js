// A worker's side of a pool: one comparison at a time, by the module that it was given.
import { compare } from './compare.js';
import { init } from './modules.js';

/** A source that stayed with who asks: its chunks come by message. */
class FarSource {
  constructor(call, at) {
    this.call = call;
    this.at = at;
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      const chunk = await this.call(this.at);
      if (chunk === undefined) return;
      yield chunk;
    }
  }
}

/** Serves messages; gives what is to be called with each. */
export function serve(post) {
  let ready;
  let job = { number: 0 };
  const calls = new Map();
  let lastCall = 0;

  async function run({ number, sources, spec, now, wantsProgress }) {
    const { signal } = job.stop;
    const call = (at) => new Promise((resolve) => {
      lastCall += 1;
      calls.set(lastCall, resolve);
      post({ kind: 'next', number, at, call: lastCall });
    });
    const near = ({ value, url, at }) => value ?? (url ? new URL(url) : new FarSource(call, at));
    try {
      await ready;
      const [baseline, current] = sources.map(near);
      const { json } = await compare({
        baseline,
        current,
        baselineName: sources[0].name,
        currentName: sources[1].name,
        spec,
        now,
        signal,
        onProgress: wantsProgress ? (progress) => post({ kind: 'progress', number, progress }) : undefined,
      });
      post({ kind: 'done', number, json });
    } catch (error) {
      const { name, code, place, problems, file, row, column, message } = error;
      const said = code ? { code, place, message, text: message, problems, file, row, column } : { name, message };
      post({ kind: 'failed', number, failure: said });
    }
  }

  return (message) => {
    if (message.kind === 'module') {
      ready = init({ wasm: message.module });
      ready.catch(() => {}); // told with the first job
    } else if (message.kind === 'compare') {
      job = { number: message.number, stop: new AbortController() };
      run(message);
    } else if (message.kind === 'cancel' && message.number === job.number) {
      job.stop.abort();
      for (const resolve of calls.values()) resolve(undefined);
      calls.clear();
    } else if (message.kind === 'chunk') {
      calls.get(message.call)?.(message.chunk);
      calls.delete(message.call);
    }
  };
}
