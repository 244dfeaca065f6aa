// A plain page without a bundler: the package as it lies in node_modules.
import { compare, createPool } from './node_modules/driftline/index.js';

const read = async (list, by) => {
  const told = [];
  for (const { baseline, current, ...rest } of list) {
    const { json } = await by({ baseline: new URL(baseline, document.baseURI), current: new URL(current, document.baseURI), ...rest });
    told.push(json);
  }
  return told;
};
window.compareHere = (list) => read(list, compare);
window.compareThere = async (list) => {
  const pool = await createPool({ workers: 1 });
  try {
    return await read(list, (options) => pool.compare(options));
  } finally {
    pool.free();
  }
};
document.getElementById('said').textContent = 'ready';
