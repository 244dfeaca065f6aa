// What is counted once, kept, sent elsewhere and added up.
import { Comparison } from './compare.js';
import { argument } from './errors.js';
import { compute } from './modules.js';
import { progress } from './progress.js';
import { sourceOf } from './source.js';
import { disposable, millis, specText } from './values.js';

const MAKE = Symbol('made by the package');

/** The handle behind a public object; for the package alone. */
export const HANDLE = Symbol('handle');

async function reading(place, data, { name, signal, onProgress }, read) {
  signal?.throwIfAborted();
  const onChunk = progress(onProgress);
  const source = sourceOf(data, place, { name, signal, onChunk });
  onChunk?.sources.push(source);
  await compute.ready();
  try {
    return await compute.call((module) => read(module, source));
  } finally {
    await source.close();
  }
}

/** A handle into the module's memory, freed once. */
class Held {
  #handle;

  constructor(token, handle) {
    if (token !== MAKE) throw argument(new.target.name, 'expected to be made by its static methods');
    this.#handle = handle;
  }

  get [HANDLE]() {
    if (!this.#handle) throw argument(this.constructor.name, 'expected one that is in use, this one was freed');
    return this.#handle;
  }

  /** Gives its memory back. Left out, it is given back when the object is collected. */
  free() {
    this.#handle?.free();
    this.#handle = undefined;
  }
}

/** What normal looks like. */
export class Reference extends Held {
  /** Reads a baseline. */
  static async from(data, { spec, ...options } = {}) {
    const text = specText(spec);
    return new Reference(MAKE, await reading('baseline', data, options, (module, source) => module.Reference.read(source, text)));
  }

  /** Reads what `encode` wrote, anywhere. */
  static async decode(bytes) {
    await compute.ready();
    return new Reference(MAKE, compute.call((module) => module.Reference.decode(bytes)));
  }

  get id() { return this[HANDLE].id; }
  get source() { return this[HANDLE].source; }
  get rows() { return this[HANDLE].rows; }
  get columns() { return JSON.parse(this[HANDLE].columns); }
  get problems() { return JSON.parse(this[HANDLE].problems); }

  /** The compact form. */
  encode() {
    return this[HANDLE].encode();
  }

  /** The form for people and other tools. */
  toText() {
    return this[HANDLE].toJson();
  }

  /** Counts rows on this reference. */
  async count(data, { spec, ...options } = {}) {
    const text = specText(spec);
    const handle = this[HANDLE];
    return new Window(MAKE, await reading('current', data, options, (_, source) => handle.count(source, text)));
  }

  /** The report on a window's rows. */
  compare(window, { spec, now } = {}) {
    const text = specText(spec);
    const instant = millis(now);
    return new Comparison(compute.call(() => this[HANDLE].compare(window[HANDLE], text, instant)), text);
  }

  /** For `compare`, which takes a reference as a baseline. */
  asStored() {
    return { name: this.source, bytes: this.encode() };
  }
}

/** Counts of some rows on a reference's bins. Merging is addition: any order, any machine, the same bytes. */
export class Window extends Held {
  /** Reads what `encode` wrote, anywhere; it must have been counted on `reference`. */
  static async decode(bytes, reference, { name = 'current' } = {}) {
    await compute.ready();
    return new Window(MAKE, compute.call((module) => module.Window.decode(bytes, reference[HANDLE], name)));
  }

  get rows() { return this[HANDLE].rows; }
  get source() { return this[HANDLE].source; }
  get referenceId() { return this[HANDLE].referenceId; }
  get problems() { return JSON.parse(this[HANDLE].problems); }

  /** The compact form. */
  encode() {
    return this[HANDLE].encode();
  }

  /** Adds the other window's counts to this one. */
  merge(other) {
    compute.call(() => this[HANDLE].merge(other[HANDLE]));
    return this;
  }
}

disposable(Reference);
disposable(Window);
