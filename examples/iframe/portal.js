// The portal's side: a frame at a known origin, a handshake, then a channel of their own. Files are handed in, verdicts come out.
const FRAME = new URL(document.body.dataset.frame ?? 'frame.html', document.baseURI);
const frame = document.getElementById('frame');
const said = document.getElementById('said');
const files = {};
let port;

window.addEventListener('message', (event) => {
  // From that frame, at exactly that origin, and nothing else.
  if (event.source !== frame.contentWindow || event.origin !== FRAME.origin) return;
  if (event.data?.driftline !== 'ready' || port) return;
  const channel = new MessageChannel();
  port = channel.port1;
  port.onmessage = ({ data }) => {
    if (data.rollback) said.textContent += `; rollback: ${data.rollback}`;
    else said.textContent = data.severity ?? data.error;
  };
  frame.contentWindow.postMessage({ driftline: 'connect' }, FRAME.origin, [channel.port2]);
  said.textContent = 'ready';
  send();
});

function send() {
  if (port && files.baseline && files.current) port.postMessage({ compare: files });
}

for (const name of ['baseline', 'current']) {
  document.getElementById(name).addEventListener('change', ({ target }) => {
    [files[name]] = target.files;
    send();
  });
}

// Whom the frame may talk to is in its address, behind the mark that no server is sent.
frame.src = `${FRAME}#portal=${encodeURIComponent(window.location.origin)}`;
