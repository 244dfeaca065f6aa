// Arguments as people write them, for the module.
import { argument } from './errors.js';

/** A spec as text; absent is the shipped one. */
export function specText(spec) {
  if (spec === undefined || spec === null) return undefined;
  if (typeof spec === 'string') return spec;
  if (typeof spec !== 'object') throw argument('spec', `expected an object or its JSON, found ${typeof spec}`);
  try {
    return JSON.stringify(spec);
  } catch (error) {
    throw argument('spec', `expected an object that has a JSON: ${error.message}`);
  }
}

/** An instant in whole milliseconds; absent is now. */
export function millis(now) {
  if (now === undefined || now === null) return Date.now();
  const value = typeof now === 'string' ? Date.parse(now) : Number(now);
  if (!Number.isFinite(value)) throw argument('now', `expected a Date, milliseconds or a time, found ${String(now)}`);
  return value;
}

/** Gives a class its `Symbol.dispose`, where there is one. */
export function disposable(type) {
  if (Symbol.dispose) {
    Object.defineProperty(type.prototype, Symbol.dispose, { value() { this.free(); }, configurable: true });
  }
}
