// The frame's side: it answers one portal, whose origin it knows beforehand.
import './node_modules/driftline/element.js';

/** Portals that may embed this frame; its own origin among them, as the example is served from one. */
const PORTALS = [window.location.origin];

const dashboard = document.querySelector('driftline-dashboard');
const portal = new URLSearchParams(window.location.hash.slice(1)).get('portal');

if (PORTALS.includes(portal) && window.parent !== window) {
  window.addEventListener('message', (event) => {
    if (event.source !== window.parent || event.origin !== portal || event.data?.driftline !== 'connect') return;
    const [port] = event.ports;
    dashboard.addEventListener('driftline-result', ({ detail }) => port.postMessage({ severity: detail.severity }));
    dashboard.addEventListener('driftline-rollback', ({ detail }) => port.postMessage({ rollback: detail.why }));
    dashboard.addEventListener('driftline-error', ({ detail }) => port.postMessage({ error: detail.message }));
    port.onmessage = ({ data }) => {
      if (data.compare) dashboard.compare(data.compare).catch(() => {}); // the event has told
    };
  });
  window.parent.postMessage({ driftline: 'ready' }, portal);
}
