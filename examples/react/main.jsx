// React 19 gives custom elements their properties, and listens to their events by their names.
import 'driftline/element';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

function Monitoring() {
  const [files, setFiles] = useState({});
  const [verdict, setVerdict] = useState('nothing yet');
  const [isShown, setIsShown] = useState(true);
  const choose = (name) => ({ target }) => setFiles((others) => ({ ...others, [name]: target.files[0] }));
  return (
    <main>
      <label>Baseline <input type="file" id="baseline" onChange={choose('baseline')} /></label>
      <label>Current <input type="file" id="current" onChange={choose('current')} /></label>
      <button type="button" onClick={() => setIsShown(!isShown)}>{isShown ? 'Hide' : 'Show'}</button>
      <p id="verdict">{verdict}</p>
      {isShown && (
        <driftline-dashboard
          baseline={files.baseline}
          current={files.current}
          ondriftline-result={({ detail }) => setVerdict(detail.severity)}
          ondriftline-error={({ detail }) => setVerdict(detail.message)}
        />
      )}
    </main>
  );
}

createRoot(document.getElementById('root')).render(<StrictMode><Monitoring /></StrictMode>);
