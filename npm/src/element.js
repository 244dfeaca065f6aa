// The custom elements. Importing this where there is no page does nothing.
import { Badge } from './element_badge.js';
import { Dashboard } from './element_dashboard.js';

export { Badge, Dashboard };

if (globalThis.customElements) {
  // Two versions on one page would fight for the names; the first one has them.
  if (!customElements.get('driftline-dashboard')) customElements.define('driftline-dashboard', Dashboard);
  if (!customElements.get('driftline-badge')) customElements.define('driftline-badge', Badge);
}
