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
