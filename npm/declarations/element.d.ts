import type { Comparison, CompareOptions, Progress, Report, Severity, Source, SpecInput } from './index.js';
import type { Mode, Problem, Rail } from './report.js';

/** What was found. */
export interface ResultDetail {
  severity: Severity;
  report: Report;
  comparison: Comparison;
}

/** A rule that fires, and did not in the result before. */
export interface AlertDetail {
  name: string;
  severity: Severity;
  since?: string;
  value?: number;
  labels: Record<string, string>;
}

/** A rollback that was decided on, or that a rail stopped. */
export interface RollbackDetail {
  at: string;
  /** On paper where the mode is `dry-run`. */
  decision: 'acted' | 'acted_on_paper' | 'blocked';
  /** What stopped it. */
  blockedBy?: Rail;
  why: string;
  mode?: Mode;
}

/** Why there is no result. */
export interface ErrorDetail {
  code: string;
  message: string;
  place?: string;
  file?: string;
  row?: number;
  column?: string;
  problems?: Problem[];
  error: Error;
}

export interface ComparingEventMap {
  'driftline-ready': CustomEvent<Record<string, never>>;
  'driftline-progress': CustomEvent<Progress>;
  'driftline-result': CustomEvent<ResultDetail>;
  'driftline-alert': CustomEvent<AlertDetail>;
  'driftline-rollback': CustomEvent<RollbackDetail>;
  'driftline-error': CustomEvent<ErrorDetail>;
}

declare class Comparing extends HTMLElement {
  /** A file or whatever holds one; before the attribute `baseline-src`. */
  baseline: Source | undefined;
  /** The same for what is compared; before `current-src`. */
  current: Source | undefined;
  /** An object or JSON; before `spec` and `spec-src`. Left out, the shipped policy with windows of a length that suits the files. */
  spec: SpecInput | undefined;
  /** What was found last. */
  readonly comparison: Comparison | undefined;
  readonly report: Report | undefined;
  /** Why there is nothing. */
  readonly error: Error | undefined;
  readonly status: 'empty' | 'reading' | 'done' | 'failed';
  /** The next result; the one that is there, where nothing is under way. */
  readonly ready: Promise<Comparison>;
  /** Compares now; what is left out is the element's own. */
  compare(options?: Partial<Omit<CompareOptions, 'onProgress'>>): Promise<Comparison>;
  /** Shows what was compared elsewhere. */
  show(comparison: Comparison | Report | string): Promise<void>;
  /** Stops what is under way. */
  cancel(): void;
  addEventListener<K extends keyof ComparingEventMap>(
    type: K, listener: (event: ComparingEventMap[K]) => void, options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

/** `<driftline-dashboard>`: the whole report; where no source is given, two places to choose or drop files. */
export declare class Dashboard extends Comparing {}

/** `<driftline-badge>`: the verdict in an icon and a word. */
export declare class Badge extends Comparing {}

declare global {
  interface HTMLElementTagNameMap {
    'driftline-dashboard': Dashboard;
    'driftline-badge': Badge;
  }
  interface HTMLElementEventMap extends ComparingEventMap {}
  interface DocumentEventMap extends ComparingEventMap {}
  interface WindowEventMap extends ComparingEventMap {}
}
