import type { AuditRow, Effect, KeptWindow, Kind, Problem, Report, Role, Transition } from './report.js';
import type { MonitorSpec } from './spec.js';

export type * from './report.js';
export type { MonitorSpec } from './spec.js';
/** The parts of a spec, by their names. */
export type * as Spec from './spec.js';

/** A spec as an object or as JSON; absent is the shipped policy. */
export type SpecInput = MonitorSpec | string;

/** An instant: a `Date`, milliseconds since 1970, or a text that `Date.parse` reads. */
export type Instant = Date | number | string;

/**
 * A file: whatever holds its bytes. A text is the file's content; an address is a `URL` (`http:`, `https:`, and in Node.js
 * and Deno `file:`). Streams and responses can be read once, so segments and some conventions, which read a file again, need
 * one of the others.
 */
export type Source =
  | Blob
  | Response
  | ArrayBuffer
  | ArrayBufferView
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | URL
  | string;

/** Where a module's bytes come from. */
export type WasmSource = URL | string | Response | ArrayBuffer | ArrayBufferView | WebAssembly.Module | Promise<Response>;

/** How far reading has come; told at most ten times a second. */
export interface Progress {
  /** The file that is read. */
  source: string;
  /** Bytes read so far, of all files. */
  bytes: number;
  /** Bytes of all files, where each has a size. */
  totalBytes?: number;
  /** Rows read so far, of this file. */
  rows: number;
}

/** Why something could not be done. What aborted it (`signal.reason`) and what a stream threw go through as they are. */
export declare class DriftlineError extends Error {
  name: 'DriftlineError';
  /**
   * `spec` a spec that cannot be run · `read` a file that cannot be read · `argument` not what was expected · `stored` bytes
   * that are no reference, window, report or snapshot · `load` the wasm could not be loaded · `worker` a worker ended ·
   * `internal` a bug · else what a monitor refused: `invalid`, `malformed`, `conflict`, `not-found`, `limit`.
   */
  code: string;
  /** A file with row and column, a path in the spec or the event, or the argument. */
  place: string;
  /** The file at fault. */
  file?: string;
  /** Its row as a spreadsheet shows it, from 1. */
  row?: number;
  /** The name of its column. */
  column?: string;
  /** Everything that is wrong, each with its place. */
  problems: Problem[];
}

export interface ReadOptions {
  /** Stops between two chunks. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

export interface CompareOptions extends ReadOptions {
  /** What normal looks like: a file, or a reference that was made of one. */
  baseline: Source | Reference;
  /** What is compared with it. */
  current: Source;
  spec?: SpecInput;
  /** The instant that the report carries; now where left out. */
  now?: Instant;
  /** What the files are called in the report, where they have no name of their own. */
  baselineName?: string;
  currentName?: string;
}

/** A report, as every front writes it and as an object. */
export declare class Comparison {
  private constructor();
  /** The report's JSON: byte for byte what the command line and the server write for the same files, spec and instant. */
  readonly json: string;
  /** The same as an object, parsed when it is first asked for. */
  readonly report: Report;
  /** The report as one self-contained HTML file. The first call loads the module that draws. */
  html(): Promise<string>;
  /** The same for a shadow root, where `reportStyle` is adopted. */
  markup(): Promise<string>;
}

/** Compares `current` with `baseline`. Files are read chunk by chunk: memory does not grow with them. */
export declare function compare(options: CompareOptions): Promise<Comparison>;

/** A report's windows under another policy: when each alert would have fired, been held back, or rolled back. */
export declare function replay(report: Comparison | Report | string, options?: { spec?: SpecInput }): Promise<Comparison>;

/** Everything that is wrong with a spec; empty where nothing is. */
export declare function checkSpec(spec?: unknown): Promise<Problem[]>;

/** The style of a `Comparison`'s markup. */
export declare function reportStyle(): Promise<string>;

/** The package's version. */
export declare function version(): Promise<string>;

/**
 * Loads the module that computes, which the first call does otherwise; `wasm` and `markup` say where they come from, where a
 * bundler or a runtime cannot find them beside the scripts.
 */
export declare function init(options?: { wasm?: WasmSource; markup?: WasmSource }): Promise<void>;

/** A column of a reference. */
export interface ReferenceColumn {
  name: string;
  kind: Kind;
  role: Role;
}

/** What normal looks like: portable, versioned, named by its content. Holds memory until it is freed or collected. */
export declare class Reference implements Disposable {
  private constructor();
  /** Reads a baseline: data in any supported format, or a stored reference. */
  static from(data: Source, options?: ReadOptions & { spec?: SpecInput; name?: string }): Promise<Reference>;
  /** Reads what `encode` wrote, anywhere. */
  static decode(bytes: Uint8Array): Promise<Reference>;
  /** The hash of all it holds: equal data, equal id. */
  readonly id: string;
  readonly source: string;
  readonly rows: number;
  readonly columns: ReferenceColumn[];
  /** What was wrong with the file. */
  readonly problems: Problem[];
  /** The compact form. */
  encode(): Uint8Array;
  /** The form for people and other tools: JSON. */
  toText(): string;
  /** Counts rows on this reference. */
  count(data: Source, options?: ReadOptions & { spec?: SpecInput; name?: string }): Promise<Window>;
  /** The report on a window's rows. */
  compare(window: Window, options?: { spec?: SpecInput; now?: Instant }): Comparison;
  free(): void;
  [Symbol.dispose](): void;
}

/** Counts of some rows on a reference's bins. Merging is addition: any order, any machine, the same bytes. */
export declare class Window implements Disposable {
  private constructor();
  /** Reads what `encode` wrote, anywhere; it must have been counted on `reference`. */
  static decode(bytes: Uint8Array, reference: Reference, options?: { name?: string }): Promise<Window>;
  readonly rows: number;
  readonly source: string;
  readonly referenceId: string;
  /** What was wrong with the file. */
  readonly problems: Problem[];
  /** The compact form. */
  encode(): Uint8Array;
  /** Adds the other window's counts to this one. */
  merge(other: Window): this;
  free(): void;
  [Symbol.dispose](): void;
}

/** A value of a feature. */
export type Value = number | string | boolean | null;

/** One prediction as it was made: the body of `POST /monitor`. */
export interface MonitorEvent {
  features?: Record<string, Value>;
  prediction?: Value;
  probability?: number | null;
  latency_ms?: number | null;
  /** When it was; when it arrives where left out. */
  timestamp?: string | number;
  /** Which version of the model answered. */
  version?: string;
  label?: Value;
  error?: boolean | number | string | null;
  /** For a label that comes later. */
  id?: string;
}

/** What became of events. */
export interface Observed {
  accepted: number;
  /** Too late for the live window; counted apart. */
  late?: number;
  /** Too far ahead of the clock. */
  future?: number;
  /** Towards the reference that is learnt. */
  learnt?: number;
  dropped_feature_values?: number;
  cut_texts?: number;
}

/** What came of a look or of an order. */
export interface Outcome {
  at: string;
  /** Alerts, triggers and incidents that changed. */
  transitions: Transition[];
  /** What is to be done now: by you, under its key. */
  effects: Effect[];
  /** What was decided and why, as a chain of hashes: yours to keep. */
  audit: AuditRow[];
  /** A window of history, as often as the spec asks for one. */
  windows: KeptWindow[];
  /** What the engine did not take. */
  problems: Problem[];
}

/** The body of `GET /drift`. */
export interface DriftStatus {
  timestamp: string;
  model: string;
  version?: string;
  features_monitored: number;
  drift_detected: boolean;
  psi_scores: Record<string, number>;
  drifted_features: string[];
  inconclusive_features: string[];
  severity: Report['severity'];
  /** Why nothing is decided. */
  reason?: { code: string; message: string; learnt?: number; wanted?: number };
  prediction_severity?: Report['severity'];
  reference_id?: string;
  /** Which rows. */
  window?: { start: string; end: string; rows: number; extended: boolean };
}

/** One model's live rows, rules and triggers. It has no clock: call `tick` every `everyMillis`. */
export declare class Monitor implements Disposable {
  private constructor();
  /** With a reference, or one that is learnt from the first `learn` events. */
  static create(options?: { reference?: Reference; learn?: number; spec?: SpecInput; now?: Instant }): Promise<Monitor>;
  /** One that remembers: the future is as it would have been. */
  static restore(snapshot: Uint8Array): Promise<Monitor>;
  /** Milliseconds between two looks that the spec asks for. */
  readonly everyMillis: number;
  /** Takes events: all of them, or none where one is wrong. */
  observe(events: MonitorEvent | MonitorEvent[], options?: { now?: Instant }): Observed;
  /** Looks at the live rows and at the clock: what changed, and what is to be done. */
  tick(now?: Instant): Outcome;
  /** The report on the live rows; undefined while there is nothing to compare, which `drift` explains. */
  report(now?: Instant): Comparison | undefined;
  drift(now?: Instant): DriftStatus;
  /** The body of `GET /latency`. */
  latency(now?: Instant): Record<string, unknown>;
  /** The body of `GET /alerts`: every alert and trigger as it stands, and the incident. */
  alerts(now?: Instant): Record<string, unknown> & { firing: number; alerts: unknown[]; triggers: unknown[] };
  /** Says which version serves. */
  serving(version: string, options?: { now?: Instant }): Outcome;
  /** What turned out to be true of earlier events, by their ids. */
  label(labels: { id: string; label: Value }[], options?: { now?: Instant }): { matched: number; unknown: number };
  /** Agrees to what an incident waits for. */
  approve(
    approval: { incident: string; action: 'rollback' | 'scale_down'; target_version?: string; by?: string },
    options?: { now?: Instant },
  ): Outcome;
  /** Gives the monitor its rollbacks back, once they are used up. */
  unlatch(by: string, options?: { now?: Instant }): Outcome;
  /** Switches all actions off, or on again. */
  killSwitch(on: boolean, by: string, options?: { now?: Instant }): Outcome;
  /** Tells what became of an order. */
  result(key: string, result: { succeeded: boolean; detail?: string }, options?: { now?: Instant }): Outcome;
  /** All it remembers. */
  snapshot(): Uint8Array;
  free(): void;
  [Symbol.dispose](): void;
}

/** Workers that compare, one comparison each at a time; more wait their turn. */
export interface Pool extends Disposable {
  /** As `compare`, in a worker: the page stays quick, and a file that ends the module ends a worker only. */
  compare(options: CompareOptions): Promise<Comparison>;
  /** Ends the workers; comparisons under way fail. */
  free(): void;
}

/**
 * Makes a pool of plain module workers: no SharedArrayBuffer, no cross-origin isolation, no blob: address. `worker` is the
 * address of `driftline/worker.js`, where a bundler did not find it.
 */
export declare function createPool(options?: { workers?: number; worker?: string | URL }): Promise<Pool>;
