// Starts the page: not inline, so that the page's policy can refuse every inline script.
// The build writes the names of the two files into the document's head (Trunk.toml).
const broken = (why) => {
  document.body.dataset.broken = '';
  console.error(why);
};

const script = document.querySelector('link[data-page-script]');
const wasm = document.querySelector('link[data-page-wasm]');
if (typeof WebAssembly !== 'object') {
  broken('this browser has no WebAssembly');
} else {
  try {
    const page = await import(script.href);
    await page.default({ module_or_path: wasm.href });
  } catch (error) {
    broken(error);
  }
}

// After the page has started, so that its own files come first. Browsers have service workers only where nobody between
// can change what is fetched: on https and on this machine itself.
if ('serviceWorker' in navigator) {
  navigator.serviceWorker.register('offline.js').catch((why) => {
    // A private window, or a host that forbids it: the page then needs the network to be opened.
    console.info(`The page is not kept for later: ${why.message}`);
  });
}
