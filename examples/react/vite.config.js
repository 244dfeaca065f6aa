export default {
  base: './',
  build: { target: 'esnext' },
  // Its wasm and its worker are beside its scripts, and must stay there while developing.
  optimizeDeps: { exclude: ['driftline'] },
};
