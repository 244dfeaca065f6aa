// <driftline-badge>: the verdict in an icon and a word.
import { Comparing, whatNext } from './element_comparing.js';
import { BADGE, sheet } from './element_style.js';

/** As every front says it; a test compares them with a report's. */
export const VERDICTS = {
  none: ['✓', 'No drift'],
  moderate: ['△', 'Moderate'],
  significant: ['▲', 'Significant'],
  critical: ['◆', 'Critical'],
  inconclusive: ['?', 'Inconclusive'],
};

export class Badge extends Comparing {
  #parts;
  #isAnnounced = false;

  connectedCallback() {
    if (!this.#parts) {
      const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
      root.adoptedStyleSheets = [sheet(BADGE)];
      const [badge, icon, word] = ['badge', 'icon', 'word'].map((part) => {
        const element = document.createElement('span');
        element.setAttribute('part', part);
        element.className = part;
        return element;
      });
      icon.setAttribute('aria-hidden', 'true');
      badge.setAttribute('role', 'status');
      badge.append(icon, word);
      root.replaceChildren(badge);
      this.#parts = { badge, icon, word };
    }
    super.connectedCallback();
    if (!this.#isAnnounced) {
      this.#isAnnounced = true;
      this.sayReady();
    }
  }

  #say(state, icon, word, title = '') {
    if (!this.#parts) return;
    this.#parts.badge.className = `badge ${state}`;
    this.#parts.icon.textContent = icon;
    this.#parts.word.textContent = word;
    this.#parts.badge.title = title;
  }

  render(status) {
    if (status === 'empty') this.#say('empty', '–', 'No data');
    else if (status === 'reading') this.#say('reading', '…', 'Reading');
    else if (status === 'done' && this.report) {
      const { severity, drift } = this.report;
      const [icon, word] = VERDICTS[severity];
      this.#say(severity, icon, word, drift.drifted_features.join(', '));
    }
  }

  renderError(error) {
    this.#say('failed', '✕', 'No verdict', `${error.message}. ${whatNext(error)}`);
  }
}
