// Sets the clock of a component's host, and opens its folder, for the tests: to one instant, or to what a file says.
import { readFileSync } from 'node:fs';
import '../../../examples/wasi/folder.mjs';

const { DRIFTLINE_INSTANT, DRIFTLINE_CLOCK } = process.env;
const instant = Date.parse(DRIFTLINE_INSTANT);
Date.now = DRIFTLINE_CLOCK ? () => Number(readFileSync(DRIFTLINE_CLOCK, 'utf8')) : () => instant;
