// Comparisons off the main thread: plain module workers, each with a memory of its own, and messages that anything can
// clone. No shared memory, no blob: addresses, so any Content-Security-Policy with `worker-src 'self'` will do.
import { Comparison } from './compare.js';
import { argument, DriftlineError } from './errors.js';
import { compute } from './modules.js';
import { platform } from './platform.js';
import { bytesOf, described } from './source.js';
import { millis, specText } from './values.js';

/** What can be posted as it is; all else is read here and handed over chunk by chunk. */
function isPosted(value) {
  return typeof value === 'string' || value instanceof ArrayBuffer || ArrayBuffer.isView(value)
    || (typeof Blob !== 'undefined' && value instanceof Blob);
}

class Job {
  constructor(sources, onProgress, settle) {
    this.sources = sources;
    this.onProgress = onProgress;
    this.settle = settle;
  }

  /** The worker asks for the next chunk of a source that stayed here. */
  async next(at, signal) {
    const source = this.sources[at];
    source.chunks ??= source.open(signal)[Symbol.asyncIterator]();
    const { done, value } = await source.chunks.next();
    if (done) return undefined;
    // A copy that can be handed over: the caller may still hold the chunk.
    return bytesOf(value, source.name).slice();
  }
}

class PoolWorker {
  #end;
  #module;
  #url;
  #line;
  #job;
  #number = 0;

  constructor(url, module) {
    this.#url = url;
    this.#module = module;
  }

  #start() {
    if (this.#line) return this.#line;
    this.#line = platform.spawn(this.#url, (message) => this.#hear(message), (reason) => this.#died(reason));
    this.#line.post({ kind: 'module', module: this.#module });
    return this.#line;
  }

  run(options, signal) {
    const line = this.#start();
    const number = (this.#number += 1);
    return new Promise((resolve, reject) => {
      const settle = (error, value) => {
        signal?.removeEventListener('abort', cancel);
        this.#job = undefined;
        line.unref();
        if (error) reject(error);
        else resolve(value);
      };
      const cancel = () => {
        line.post({ kind: 'cancel', number });
        // Whatever it still says is about a job that is no more; the next one waits its turn behind the chunk at hand.
        settle(signal.reason);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      const { baseline, current, baselineName, currentName, onProgress, spec, now } = options;
      const sources = [described(baseline, 'baseline', baselineName), described(current, 'current', currentName)];
      this.#job = new Job(sources, onProgress, settle);
      const told = [baseline, current].map((value, at) => {
        const { name, bytes, stored } = sources[at];
        if (isPosted(value)) return { name, value };
        if (value instanceof URL) return { name, url: value.href };
        if (stored) return { name, value: stored };
        return { name, bytes, at };
      });
      line.ref?.();
      line.post({ kind: 'compare', number, sources: told, spec, now, wantsProgress: Boolean(onProgress) });
    });
  }

  async #hear(message) {
    const job = this.#job;
    if (message.number !== this.#number || !job) return;
    const { kind } = message;
    if (kind === 'progress') job.onProgress?.(message.progress);
    else if (kind === 'done') job.settle(undefined, message.json);
    else if (kind === 'failed') {
      const error = message.failure.code
        ? new DriftlineError(message.failure)
        : Object.assign(new Error(message.failure.message), { name: message.failure.name });
      if (message.failure.text) error.message = message.failure.text;
      // A module that trapped is no use any more: the next job gets a new worker.
      if (error.code === 'internal') this.close();
      job.settle(error);
    } else if (kind === 'next') {
      const answer = { kind: 'chunk', number: message.number, call: message.call };
      try {
        answer.chunk = await job.next(message.at);
      } catch (error) {
        return job.settle(error);
      }
      this.#line?.post(answer, answer.chunk ? [answer.chunk.buffer] : []);
    }
  }

  #died(reason) {
    this.close();
    this.#job?.settle(new DriftlineError({ code: 'worker', place: '', message: `the worker ended: ${reason}` }));
  }

  close(reason) {
    this.#line?.close();
    this.#line = undefined;
    if (reason) this.#job?.settle(reason);
  }
}

const closed = () => argument('pool', 'expected one that is in use, this one was closed');

/** Workers that compare, one comparison each at a time; more wait their turn. */
class Pool {
  #idle;
  #all;
  #waiting = [];
  #isClosed = false;

  constructor(workers) {
    this.#all = workers;
    this.#idle = [...workers];
  }

  /** As `compare`, in a worker. */
  async compare(options = {}) {
    const { signal } = options;
    signal?.throwIfAborted();
    const asked = { ...options, spec: specText(options.spec), now: millis(options.now) };
    const worker = await this.#free(signal);
    try {
      if (this.#isClosed) throw closed();
      return new Comparison(await worker.run(asked, signal), asked.spec);
    } finally {
      this.#give(worker);
    }
  }

  #free(signal) {
    if (this.#isClosed) throw closed();
    const worker = this.#idle.pop();
    if (worker) return worker;
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      this.#waiting.push(waiting);
      signal?.addEventListener('abort', () => {
        const at = this.#waiting.indexOf(waiting);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason);
      }, { once: true });
    });
  }

  #give(worker) {
    const next = this.#waiting.shift();
    if (next) next.resolve(worker);
    else this.#idle.push(worker);
  }

  /** Ends the workers; comparisons under way fail. */
  free() {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(closed());
    for (const worker of this.#all) worker.close(closed());
  }
}

if (Symbol.dispose) {
  Object.defineProperty(Pool.prototype, Symbol.dispose, { value() { this.free(); }, configurable: true });
}

/** Makes a pool. Workers are started when they are first needed; `worker` is the address of `driftline/worker.js`, where a
 * bundler did not find it. */
export async function createPool({ workers, worker } = {}) {
  const cores = globalThis.navigator?.hardwareConcurrency ?? 4;
  const many = workers ?? Math.min(Math.max(cores - 1, 1), 4);
  if (!(Number.isSafeInteger(many) && many > 0)) throw argument('workers', `expected a whole number above 0, found ${String(workers)}`);
  const module = await compute.compiled();
  return new Pool(Array.from({ length: many }, () => new PoolWorker(worker, module)));
}
