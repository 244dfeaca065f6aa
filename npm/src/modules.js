// The two wasm modules, each compiled and instantiated once, when it is first needed: what computes, and what draws.
import startComputing, * as computing from './driftline_glue.js';
import startDrawing, * as drawing from './markup_glue.js';
import { argument, DriftlineError, thrown } from './errors.js';
import { platform } from './platform.js';

class Module {
  #exports;
  #start;
  #address;
  #given;
  #compiled;
  #ready;
  #isReady = false;
  #isBroken = false;

  constructor(exports, start, address) {
    this.#exports = exports;
    this.#start = start;
    this.#address = address;
  }

  /** Where the module comes from instead. */
  give(source) {
    if (this.#compiled && source !== this.#given) {
      throw argument('init', 'expected to be called before the first use, the module is loaded already');
    }
    this.#given = source;
  }

  /** The compiled module: workers get it, so that none of them compiles. */
  compiled() {
    this.#compiled ??= compile(this.#given ?? this.#address()).catch((error) => {
      // The next call may have more luck with the network.
      this.#compiled = undefined;
      const message = `the wasm module could not be loaded: ${error.message}`;
      throw new DriftlineError({ code: 'load', place: '', message }, { cause: error });
    });
    return this.#compiled;
  }

  /** The module's functions. */
  ready() {
    if (this.#isBroken) throw new DriftlineError({ code: 'internal', place: '', message: 'the module has ended' });
    this.#ready ??= this.compiled()
      .then((module) => this.#start({ module_or_path: module }))
      .then((started) => { this.#isReady = true; return started; }, (error) => {
        this.#ready = undefined;
        throw error;
      });
    return this.#ready.then(() => this.#exports);
  }

  /** Its memory, to be measured. */
  async memory() {
    return (await this.#ready).memory.buffer;
  }

  /** The same at once, for who has awaited `init`. */
  get now() {
    if (!this.#isReady) throw argument('init', 'expected `await init()` first');
    return this.#exports;
  }

  /** Calls, and throws what JavaScript expects to catch. */
  call(what) {
    try {
      const result = what(this.now);
      return result instanceof Promise ? result.catch((error) => { throw this.#failure(error); }) : result;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(error) {
    return thrown(error, () => { this.#isBroken = true; });
  }
}

async function compile(source) {
  source = await source;
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof URL || typeof source === 'string') source = await platform.fetch(source);
  if (typeof Response !== 'undefined' && source instanceof Response) {
    if (!source.ok) throw new Error(`${source.status} ${source.statusText} for ${source.url}`);
    const isWasm = source.headers.get('content-type')?.startsWith('application/wasm');
    if (isWasm && WebAssembly.compileStreaming) return WebAssembly.compileStreaming(source);
    source = await source.arrayBuffer();
  }
  return WebAssembly.compile(source);
}

export const compute = new Module(computing, startComputing, () => new URL('./driftline.wasm', import.meta.url));
export const draw = new Module(drawing, startDrawing, () => new URL('./markup.wasm', import.meta.url));

/** Loads what computes, or says where it and what draws are to be loaded from. */
export async function init({ wasm, markup } = {}) {
  if (wasm !== undefined) compute.give(wasm);
  if (markup !== undefined) draw.give(markup);
  await compute.ready();
}
