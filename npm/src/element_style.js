// The elements' own styles. Colours are the report's, which come with the module that draws; until it is there, the system's.

export const DASHBOARD = `
:host { display: block; container-type: inline-size; color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; color: var(--drift-text, CanvasText); background: var(--drift-ground, Canvas); }
:host([hidden]) { display: none; }
:host([theme=light]) { color-scheme: light; }
:host([theme=dark]) { color-scheme: dark; }
[hidden] { display: none !important; }
.root { min-height: 4rem; }
.chooser { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); gap: 1rem; padding: 1.5rem; max-width: 70rem; margin: 0 auto; }
.place { display: block; padding: 1rem 1.25rem; border: 1px dashed var(--drift-muted, light-dark(#59626e, #a3adb8)); border-radius: 6px; cursor: pointer; }
.place strong { display: block; font-weight: 600; }
.place span { display: block; color: var(--drift-muted, light-dark(#59626e, #a3adb8)); overflow-wrap: anywhere; font-size: .9375rem; }
.place:is(:hover, .over) { border-style: solid; border-color: var(--drift-baseline, Highlight); }
.place:focus-within { outline: 2px solid var(--drift-baseline, Highlight); outline-offset: 2px; }
.place input { position: absolute; width: 1px; height: 1px; opacity: 0; }
.status, .error { max-width: 70rem; margin: 0 auto; padding: 1.25rem 1.5rem; }
.status { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; color: var(--drift-muted, light-dark(#59626e, #a3adb8)); }
progress { width: 12rem; max-width: 100%; accent-color: var(--drift-baseline, Highlight); }
button { font: inherit; font-size: .9375rem; padding: .3rem .9rem; color: var(--drift-text, ButtonText); background: none; border: 1px solid var(--drift-muted, light-dark(#59626e, #a3adb8)); border-radius: 4px; cursor: pointer; }
button:hover { border-color: currentColor; }
:focus-visible { outline: 2px solid var(--drift-baseline, Highlight); outline-offset: 2px; }
.error p { margin: 0 0 .5rem; overflow-wrap: anywhere; }
.error strong { color: var(--drift-critical, inherit); }
.error ul { margin: 0 0 .75rem; padding-left: 1.2rem; }
.reading .report { opacity: .5; }
.body { overflow-x: auto; }
@container (max-width: 36rem) { .report { padding-inline: .75rem; } .chooser, .status, .error { padding-inline: .75rem; } }
`;

export const BADGE = `
:host { display: inline-block; color-scheme: light dark; }
:host([hidden]) { display: none; }
:host([theme=light]) { color-scheme: light; }
:host([theme=dark]) { color-scheme: dark; }
.badge { display: inline-flex; gap: .4em; align-items: baseline; padding: .15em .6em; border: 1px solid currentColor; border-radius: 999px; font: 600 .875rem/1.5 system-ui, sans-serif; white-space: nowrap; color: var(--drift-inconclusive, light-dark(#59626e, #a3adb8)); }
.icon { font-variant-emoji: text; }
.none { color: var(--drift-none, light-dark(#2f6b3a, #86c796)); }
.moderate { color: var(--drift-moderate, light-dark(#8a5a00, #e3b341)); }
.significant { color: var(--drift-significant, light-dark(#b04a00, #f0883e)); }
.critical, .failed { color: var(--drift-critical, light-dark(#b3261e, #ff7b72)); }
@media (forced-colors: active) { .badge { color: CanvasText; } }
`;

const made = new Map();

/** One sheet of a text for all elements: adopted, which the strictest policy allows. */
export function sheet(text) {
  if (!made.has(text)) {
    const style = new CSSStyleSheet();
    style.replaceSync(text);
    made.set(text, style);
  }
  return made.get(text);
}
