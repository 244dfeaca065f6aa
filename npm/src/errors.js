// What is thrown: one class, with the code to decide by and the place to show.

/** Why something could not be done. */
export class DriftlineError extends Error {
  /** @param {{code: string, place: string, message: string}} failure */
  constructor(failure, options) {
    super(failure.place ? `${failure.place}: ${failure.message}` : failure.message, options);
    this.name = 'DriftlineError';
    this.code = failure.code;
    this.place = failure.place;
    this.problems = failure.problems ?? [{ where: failure.place, message: failure.message }];
    for (const key of ['file', 'row', 'column']) {
      if (failure[key] !== undefined) this[key] = failure[key];
    }
  }
}

/** An argument is not as expected. */
export function argument(place, message) {
  return new DriftlineError({ code: 'argument', place, message });
}

/** What the wasm module threw: its own failures are JSON text, a trap leaves it unusable, the rest goes through. */
export function thrown(error, onTrap) {
  if (typeof error === 'string') {
    try {
      return new DriftlineError(JSON.parse(error));
    } catch {
      return new DriftlineError({ code: 'internal', place: '', message: error });
    }
  }
  if (error instanceof WebAssembly.RuntimeError) {
    onTrap?.();
    const message = 'this is a bug: the module ended; load it again (in a pool that has happened already)';
    return new DriftlineError({ code: 'internal', place: '', message }, { cause: error });
  }
  return error;
}
