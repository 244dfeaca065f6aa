// Holds the clock of a component's host still, and opens its folder, for the tests.
import '../../../examples/wasi/folder.mjs';

const instant = Date.parse(process.env.DRIFTLINE_INSTANT);
Date.now = () => instant;
