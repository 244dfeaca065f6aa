// What both elements do: two sources to a comparison, again whenever one of them changes, as long as they are on a page.
import { Comparison, compare } from './compare.js';
import { argument, DriftlineError } from './errors.js';
import { createPool } from './pool.js';

/** Absent where there is no page. */
const Base = globalThis.HTMLElement ?? class {};

/** Windows as they come out best: without them there would be no alerts, triggers and nothing over time. */
const SPEC = { window: 'auto' };

/** One pool for all elements of a page, for as long as there is one. */
const pool = {
  users: new Set(),
  made: undefined,

  take(user) {
    this.users.add(user);
    this.made ??= createPool({ workers: 2 });
    return this.made;
  },

  give(user) {
    if (!this.users.delete(user) || this.users.size > 0) return;
    const made = this.made;
    this.made = undefined;
    made?.then((each) => each.free(), () => {});
  },
};

export class Comparing extends Base {
  static observedAttributes = ['baseline-src', 'current-src', 'spec', 'spec-src'];

  #given = { baseline: undefined, current: undefined, spec: undefined };
  #comparison;
  #error;
  #status = 'empty';
  #stop;
  #isDue = false;
  #told = new Set();
  #waiting = [];

  /** A file or whatever holds one; before the attribute of its name. */
  get baseline() { return this.#given.baseline; }
  set baseline(source) { this.#give('baseline', source); }
  get current() { return this.#given.current; }
  set current(source) { this.#give('current', source); }
  /** An object or JSON. */
  get spec() { return this.#given.spec; }
  set spec(spec) { this.#give('spec', spec); }

  /** What was found last. */
  get comparison() { return this.#comparison; }
  get report() { return this.#comparison?.report; }
  /** Why there is nothing. */
  get error() { return this.#error; }
  /** `empty`, `reading`, `done` or `failed`. */
  get status() { return this.#status; }

  /** The next result: at once where nothing is under way and there is one. */
  get ready() {
    if (this.#status === 'done') return Promise.resolve(this.#comparison);
    return new Promise((resolve, reject) => { this.#waiting.push({ resolve, reject }); });
  }

  connectedCallback() {
    // Properties that were set before the element was defined hide the class's own.
    for (const name of ['baseline', 'current', 'spec']) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.render(this.#status);
    if (this.#status === 'empty') this.#schedule();
  }

  disconnectedCallback() {
    // An element that is moved is taken out and put in again in one go.
    queueMicrotask(() => {
      if (this.isConnected) return;
      if (this.#status === 'reading') {
        this.cancel();
        this.#status = 'empty';
      }
      pool.give(this);
    });
  }

  attributeChangedCallback(name, before, after) {
    if (before !== after) this.#schedule();
  }

  #give(name, value) {
    if (this.#given[name] === value) return;
    this.#given[name] = value;
    this.#schedule();
  }

  /** Whatever changes in one go is compared once. */
  #schedule() {
    if (this.#isDue || !this.isConnected) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      if (this.isConnected && this.source('baseline') && this.source('current')) this.compare().catch(() => {});
    });
  }

  /** Where a file comes from; undefined where nobody has said. */
  source(name) {
    const given = this.#given[name];
    if (given !== undefined && given !== null) return given;
    const address = this.getAttribute(`${name}-src`);
    return address ? new URL(address, this.ownerDocument.baseURI) : undefined;
  }

  async #policy(signal) {
    if (this.#given.spec !== undefined && this.#given.spec !== null) return this.#given.spec;
    const address = this.getAttribute('spec-src');
    if (address) {
      const response = await fetch(new URL(address, this.ownerDocument.baseURI), { signal });
      if (!response.ok) throw argument('spec-src', `expected a spec, found ${response.status} ${response.statusText}`);
      return response.text();
    }
    return this.getAttribute('spec') ?? SPEC;
  }

  /** Compares, now. Left out, sources are the element's own. */
  async compare(options = {}) {
    this.#stop?.abort(new DOMException('another comparison began', 'AbortError'));
    const stop = new AbortController();
    this.#stop = stop;
    const { baseline = this.source('baseline'), current = this.source('current'), signal, ...rest } = options;
    const follow = () => stop.abort(signal.reason);
    if (signal?.aborted) follow();
    signal?.addEventListener('abort', follow, { once: true });
    this.#enter('reading');
    try {
      const spec = options.spec ?? await this.#policy(stop.signal);
      const asked = {
        ...rest, baseline, current, spec,
        signal: stop.signal,
        onProgress: (progress) => {
          if (this.#stop !== stop) return;
          this.renderProgress(progress);
          this.#send('progress', progress);
        },
      };
      const comparison = await this.#run(asked);
      stop.signal.throwIfAborted();
      await this.show(comparison);
      return comparison;
    } catch (error) {
      if (this.#stop === stop) this.#fail(error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', follow);
    }
  }

  async #run(asked) {
    try {
      return await (await pool.take(this)).compare(asked);
    } catch (error) {
      // A page that allows no workers, or has the package from another origin: slower, and the same.
      if (error.code === 'worker') return compare(asked);
      throw error;
    }
  }

  /** Shows what was compared elsewhere: a comparison, or a report's JSON. */
  async show(comparison) {
    if (!(comparison instanceof Comparison)) {
      const json = typeof comparison === 'string' ? comparison : JSON.stringify(comparison);
      comparison = new Comparison(json, undefined);
    }
    this.#comparison = comparison;
    this.#error = undefined;
    const isShown = await this.renderResult(comparison);
    if (isShown === false || this.#comparison !== comparison) return;
    this.#enter('done');
    const { report } = comparison;
    this.#send('result', { severity: report.severity, report, comparison });
    this.#tell(report);
    for (const { resolve } of this.#waiting.splice(0)) resolve(comparison);
  }

  /** Alerts and rollbacks that were not there before. */
  #tell(report) {
    const told = new Set();
    const once = (key, name, detail) => {
      told.add(key);
      if (!this.#told.has(key)) this.#send(name, detail);
    };
    for (const alert of report.alerts ?? []) {
      if (alert.state !== 'firing') continue;
      const { name, severity, since, value, labels = {} } = alert;
      once(`alert ${name} ${since}`, 'alert', { name, severity, since, value, labels });
    }
    for (const { at, action, decision, why } of [...(report.triggers ?? []), ...(report.alerts ?? [])].flatMap(({ decisions = [] }) => decisions)) {
      const { blocked } = decision;
      // That an incident has had its one rollback is no news.
      if (action !== 'rollback' || blocked === 'one_action') continue;
      const detail = { at, decision: blocked ? 'blocked' : decision, why, mode: report.replay?.mode };
      once(`rollback ${at} ${why}`, 'rollback', blocked ? { ...detail, blockedBy: blocked } : detail);
    }
    this.#told = told;
  }

  /** Stops what is under way. */
  cancel() {
    this.#stop?.abort(new DOMException('it was cancelled', 'AbortError'));
  }

  #fail(error) {
    this.#error = error;
    if (error.name === 'AbortError') {
      this.#enter(this.#comparison ? 'done' : 'empty');
    } else {
      this.#enter('failed');
      this.renderError(error);
      const { code = 'thrown', message, place, file, row, column, problems } = error;
      this.#send('error', { code, message, place, file, row, column, problems, error });
    }
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #enter(status) {
    this.#status = status;
    this.render(status);
  }

  #send(name, detail) {
    this.dispatchEvent(new CustomEvent(`driftline-${name}`, { detail, bubbles: true, composed: true }));
  }

  /** Says that the element can be talked to; once, after it was first put on a page. */
  sayReady() {
    this.#send('ready', {});
  }

  render() {}
  renderProgress() {}
  renderResult() {}
  renderError() {}
}

/** What to do about an error, for people. */
export function whatNext(error) {
  if (!(error instanceof DriftlineError)) return 'Try again; if it stays, the page\'s console says more.';
  switch (error.code) {
    case 'read': return 'Choose another file, or correct this one and try again.';
    case 'spec': return 'Correct the policy and try again.';
    case 'load': return 'The page must be able to load driftline.wasm and markup.wasm, and its policy must allow \'wasm-unsafe-eval\'.';
    case 'internal': return 'This is a bug. Reload the page, and please report it.';
    default: return 'Correct it and try again.';
  }
}
