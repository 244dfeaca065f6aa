import { compare, createPool } from 'driftline';

const rows = (shift) => `amount\n${Array.from({ length: 500 }, (_, i) => ((i * 37) % 101) + shift).join('\n')}\n`;
const options = { baseline: rows(0), current: new Blob([rows(70)]), now: 0 };
const pool = await createPool({ workers: 1 });
const [here, there] = await Promise.all([compare(options), pool.compare(options)]);
pool.free();
const html = await here.html();
document.getElementById('said').textContent = `${here.report.severity} ${here.json === there.json} ${html.includes('<svg')}`;
