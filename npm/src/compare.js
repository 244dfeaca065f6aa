// Two files to a report.
import { argument } from './errors.js';
import { compute, draw } from './modules.js';
import { progress } from './progress.js';
import { sourceOf } from './source.js';
import { millis, specText } from './values.js';

/** A report, as every front writes it and as an object. */
export class Comparison {
  #report;
  #spec;

  /** The report's JSON: byte for byte what the command line and the server write for the same files, spec and instant. */
  json;

  constructor(json, spec) {
    this.json = json;
    this.#spec = spec;
  }

  /** The same as an object, parsed when it is first asked for. */
  get report() {
    this.#report ??= JSON.parse(this.json);
    return this.#report;
  }

  /** The report as one self-contained HTML file. The first call loads the module that draws. */
  async html() {
    await draw.ready();
    return draw.call((module) => module.reportFile(this.json, this.#spec));
  }

  /** The same for a place in a page, without a style: see `reportStyle`. */
  async markup() {
    await draw.ready();
    return draw.call((module) => module.reportBody(this.json, this.#spec));
  }
}

/** The style of a `Comparison`'s markup, for a shadow root. */
export async function reportStyle() {
  await draw.ready();
  return draw.call((module) => module.reportStyle());
}

/** Compares `current` with `baseline`. */
export async function compare({ baseline, current, spec, now, signal, onProgress, baselineName, currentName } = {}) {
  signal?.throwIfAborted();
  const text = specText(spec);
  const instant = millis(now);
  const onChunk = progress(onProgress);
  const sources = [
    sourceOf(baseline, 'baseline', { name: baselineName, signal, onChunk }),
    sourceOf(current, 'current', { name: currentName, signal, onChunk }),
  ];
  onChunk?.sources.push(...sources);
  await compute.ready();
  try {
    const json = await compute.call((module) => module.compare(...sources, text, instant));
    return new Comparison(json, text);
  } finally {
    await Promise.all(sources.map((source) => source.close()));
  }
}

/** A report's windows under another policy: when each alert would have fired, been held back, or rolled back. */
export async function replay(report, { spec } = {}) {
  const json = report instanceof Comparison ? report.json
    : typeof report === 'string' ? report
      : report && typeof report === 'object' ? JSON.stringify(report) : undefined;
  if (json === undefined) throw argument('report', `expected a report, found ${typeof report}`);
  const text = specText(spec);
  await compute.ready();
  return new Comparison(compute.call((module) => module.replay(json, text)), text);
}

/** Everything that is wrong with a spec; empty where nothing is. */
export async function checkSpec(spec) {
  const text = specText(spec);
  await compute.ready();
  return JSON.parse(compute.call((module) => module.checkSpec(text)));
}

/** The package's version. */
export async function version() {
  await compute.ready();
  return compute.call((module) => module.version());
}
