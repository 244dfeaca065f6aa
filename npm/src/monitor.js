// One model's live rows, rules and triggers: what a server keeps, for who brings the clock and the hands.
import { Comparison } from './compare.js';
import { argument } from './errors.js';
import { compute } from './modules.js';
import { HANDLE, Reference } from './reference.js';
import { disposable, millis, specText } from './values.js';

const MODEL = 'default';
const MAKE = Symbol('made by the package');

/** Live rows and what a policy makes of them. Time comes from the caller: it never runs by itself. */
export class Monitor {
  #station;
  #spec;

  constructor(token, station, spec) {
    if (token !== MAKE) throw argument('Monitor', 'expected `await Monitor.create()` or `Monitor.restore(bytes)`');
    this.#station = station;
    this.#spec = spec;
  }

  /** A monitor that has seen nothing. */
  static async create({ reference, learn, spec, now } = {}) {
    if (reference !== undefined && !(reference instanceof Reference)) {
      throw argument('reference', 'expected a Reference: `await Reference.from(file)`');
    }
    if (learn !== undefined && !(Number.isSafeInteger(learn) && learn > 0)) {
      throw argument('learn', `expected a whole number of events, found ${String(learn)}`);
    }
    const text = specText(spec);
    const instant = millis(now);
    await compute.ready();
    const station = compute.call((module) => new module.Station(text, learn, instant));
    if (reference) compute.call(() => station.watch(MODEL, reference[HANDLE], instant));
    return new Monitor(MAKE, station, text);
  }

  /** One that remembers: the future is as it would have been. */
  static async restore(snapshot) {
    await compute.ready();
    return new Monitor(MAKE, compute.call((module) => module.Station.restore(snapshot)));
  }

  get #alive() {
    if (!this.#station) throw argument('Monitor', 'expected one that is in use, this one was freed');
    return this.#station;
  }

  #ask(method, target, body, now) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return JSON.parse(compute.call(() => this.#alive.ask(method, target, text, millis(now))));
  }

  /** Takes an event, or several. */
  observe(events, { now } = {}) {
    const other = [events].flat().find((event) => event?.model !== undefined && event.model !== MODEL);
    if (other) throw argument('model', `expected events of the one model that is watched, found one of ${JSON.stringify(other.model)}`);
    return this.#ask('POST', '/monitor', events, now).answer;
  }

  /** Looks at the live rows and at the clock: what changed, and what is to be done. */
  tick(now) {
    const { answer, ...outcome } = JSON.parse(compute.call(() => this.#alive.tick(millis(now))));
    return outcome;
  }

  /** Milliseconds between two looks that the spec asks for. */
  get everyMillis() {
    return this.#alive.tickEveryMillis ?? 15_000;
  }

  /** The report on the live rows; undefined while there is nothing to compare, which `drift` explains. */
  report(now) {
    try {
      const told = compute.call(() => this.#alive.ask('GET', '/v1/report', undefined, millis(now)));
      // The answer as its bytes are, not as parsing and writing again would make them.
      return new Comparison(told.slice(told.indexOf('"answer":') + '"answer":'.length, -1), this.#spec);
    } catch (error) {
      if (error.code === 'conflict' || error.code === 'not-found') return undefined;
      throw error;
    }
  }

  /** Whether the live rows have drifted, and where nothing is decided, why. */
  drift(now) {
    return this.#ask('GET', '/drift', undefined, now).answer;
  }

  /** How long requests take, and whether the objectives are met. */
  latency(now) {
    return this.#ask('GET', '/latency', undefined, now).answer;
  }

  /** Every alert and trigger as it stands, and the incident. */
  alerts(now) {
    return this.#ask('GET', '/alerts', undefined, now).answer;
  }

  /** Says which version serves: rows of others are not judged, and an order to roll back names one to go back to. */
  serving(version, { now } = {}) {
    return outcome(this.#ask('PUT', '/v1/target', { version }, now));
  }

  /** What turned out to be true of earlier events, by their ids. */
  label(labels, { now } = {}) {
    return this.#ask('POST', '/v1/labels', labels, now).answer;
  }

  /** Agrees to what an incident waits for. */
  approve(approval, { now } = {}) {
    return outcome(this.#ask('POST', '/v1/triggers/approve', approval, now));
  }

  /** Gives the monitor its rollbacks back, once they are used up. */
  unlatch(by, { now } = {}) {
    return outcome(this.#ask('POST', '/v1/triggers/unlatch', { by }, now));
  }

  /** Switches all actions off, or on again. */
  killSwitch(on, by, { now } = {}) {
    return outcome(this.#ask('POST', '/v1/triggers/kill-switch', { on, by }, now));
  }

  /** Tells what became of an order. */
  result(key, { succeeded, detail = '' }, { now } = {}) {
    return outcome(this.#ask('POST', `/v1/effects/${encodeURIComponent(key)}/result`, { succeeded, detail }, now));
  }

  /** All it remembers. */
  snapshot() {
    return this.#alive.snapshot();
  }

  /** Gives its memory back. Left out, it is given back when the object is collected. */
  free() {
    this.#station?.free();
    this.#station = undefined;
  }
}

function outcome({ answer, ...told }) {
  return told;
}

disposable(Monitor);
