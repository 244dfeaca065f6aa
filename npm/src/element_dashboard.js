// <driftline-dashboard>: the whole report, and where nobody has said what to compare, two places for files.
import { reportStyle } from './compare.js';
import { Comparing, whatNext } from './element_comparing.js';
import { DASHBOARD, sheet } from './element_style.js';

const PLACES = [
  ['baseline', 'Baseline', 'what normal looks like: training data, or predictions of a good week'],
  ['current', 'Current', 'what is compared with it: the latest predictions'],
];

/** Makes an element. */
function make(tag, { part, text, ...properties } = {}, ...children) {
  const element = document.createElement(tag);
  if (part) element.setAttribute('part', part);
  if (part) element.classList.add(part);
  if (text !== undefined) element.textContent = text;
  Object.assign(element, properties);
  element.append(...children);
  return element;
}

const bytesInWords = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(1)} MB`);

export class Dashboard extends Comparing {
  #parts;
  #files = {};
  #isAnnounced = false;

  connectedCallback() {
    this.#build();
    super.connectedCallback();
    if (!this.#isAnnounced) {
      this.#isAnnounced = true;
      this.sayReady();
    }
  }

  #build() {
    if (this.#parts) return;
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet(DASHBOARD)];
    const status = make('div', { part: 'status', hidden: true });
    status.setAttribute('role', 'status');
    const error = make('div', { part: 'error', hidden: true });
    error.setAttribute('role', 'alert');
    const report = make('div', { part: 'report' });
    const chooser = make('div', { part: 'chooser' });
    for (const [name, title, what] of PLACES) chooser.append(this.#place(name, title, what));
    const all = make('div', { part: 'root' }, make('slot', { name: 'header' }), chooser, status, error, report, make('slot', { name: 'footer' }));
    root.replaceChildren(all);
    report.addEventListener('click', (event) => this.#follow(event));
    this.#parts = { all, chooser, status, error, report };
  }

  #place(name, title, what) {
    const said = make('span', { text: what });
    const input = make('input', { type: 'file' });
    const place = make('label', { part: 'place' }, make('strong', { text: title }), said, input);
    place.dataset.name = name;
    input.addEventListener('change', () => { this.#choose(name, input.files[0]); });
    const over = (isOver) => (event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes('Files')) return;
      event.preventDefault();
      place.classList.toggle('over', isOver);
    };
    place.addEventListener('dragover', over(true));
    place.addEventListener('dragleave', over(false));
    place.addEventListener('drop', (event) => {
      over(false)(event);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length === 1) this.#choose(name, files[0]);
      else if (files.length > 1) {
        // Two at once go where their names say, else in their order.
        const first = files.findIndex((file) => /base|ref|train/i.test(file.name));
        const [baseline, current] = first === 1 ? [files[1], files[0]] : files;
        this.#choose('baseline', baseline);
        this.#choose('current', current);
      }
    });
    return place;
  }

  #choose(name, file) {
    if (!file) return;
    this.#files[name] = file;
    const said = this.#parts.chooser.querySelector(`[data-name=${name}] span`);
    said.textContent = `${file.name}, ${bytesInWords(file.size)}`;
    const { baseline, current } = this.#files;
    if (baseline && current) this.compare({ baseline, current }).catch(() => {});
  }

  /** A link inside the report: its end is inside too, perhaps in something that is folded. */
  #follow(event) {
    const link = event.target.closest?.('a[href^="#"]');
    const end = link && this.shadowRoot.getElementById(decodeURIComponent(link.getAttribute('href').slice(1)));
    if (!end) return;
    event.preventDefault();
    for (let each = end; each; each = each.parentElement) if (each.localName === 'details') each.open = true;
    end.scrollIntoView({ block: 'start' });
    (end.querySelector('summary') ?? end).focus?.({ preventScroll: true });
  }

  render(status) {
    if (!this.#parts) return;
    const { all, chooser, status: line, error } = this.#parts;
    all.classList.toggle('reading', status === 'reading');
    chooser.hidden = Boolean(this.source('baseline') && this.source('current'));
    error.hidden = status !== 'failed';
    line.hidden = status !== 'reading';
    if (status === 'reading' && !line.firstChild) {
      const cancel = make('button', { part: 'cancel', type: 'button', text: 'Cancel' });
      cancel.addEventListener('click', () => this.cancel());
      line.append(make('progress', { part: 'progress', max: 1 }), make('span', { text: 'Reading…' }), cancel);
      line.querySelector('progress').setAttribute('aria-label', 'How much has been read');
    }
    if (status !== 'reading') line.replaceChildren();
  }

  renderProgress({ source, bytes, totalBytes, rows }) {
    const [bar, said] = this.#parts.status.children;
    if (!bar) return;
    if (totalBytes) bar.value = Math.min(bytes / totalBytes, 1);
    said.textContent = `Reading ${source}: ${rows.toLocaleString()} rows`;
  }

  async renderResult(comparison) {
    const [markup, style] = await Promise.all([comparison.markup(), reportStyle()]);
    if (this.comparison !== comparison || !this.#parts) return false;
    this.shadowRoot.adoptedStyleSheets = [sheet(style), sheet(DASHBOARD)];
    // Markup of our own making, in which everything from a file is escaped.
    this.#parts.report.innerHTML = markup;
    return true;
  }

  renderError(error) {
    const again = make('button', { type: 'button', text: 'Try again' });
    again.addEventListener('click', () => {
      const { baseline = this.source('baseline'), current = this.source('current') } = this.#files;
      this.compare({ baseline, current }).catch(() => {});
    });
    const list = (error.problems ?? []).slice(1).map(({ where, message }) => make('li', { text: `${where}: ${message}` }));
    this.#parts.report.replaceChildren();
    this.#parts.error.replaceChildren(
      make('p', {}, make('strong', { text: error.message })),
      ...(list.length ? [make('ul', {}, ...list)] : []),
      make('p', { text: whatNext(error) }),
      again,
    );
  }
}
