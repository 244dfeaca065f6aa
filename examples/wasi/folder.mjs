// Opens the folder DRIFTLINE_DATA to the component, and no other: jco opens none by itself.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const folder = process.env.DRIFTLINE_DATA;
const jco = createRequire(new URL('../../node_modules/@bytecodealliance/jco/package.json', import.meta.url));
const { _setPreopens } = await import(pathToFileURL(jco.resolve('@bytecodealliance/preview2-shim/filesystem')));
_setPreopens(folder ? { [folder]: folder } : {});
