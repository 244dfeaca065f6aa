// The package on the web: its wasm is fetched from beside this file.
export { checkSpec, compare, Comparison, replay, reportStyle, version } from './compare.js';
export { DriftlineError } from './errors.js';
export { init } from './modules.js';
export { Monitor } from './monitor.js';
export { createPool } from './pool.js';
export { Reference, Window } from './reference.js';
