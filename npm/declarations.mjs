// Makes npm/declarations/spec.d.ts and report.d.ts of the JSON Schemas that Rust's types have. Each definition becomes one type of
// its name, however often it is referred to; fields keep their words.
//
//   cargo run -p driftline-core --features schema --example schemas | node npm/declarations.mjs [FOLDER]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BANNER = '// Made by scripts/declarations of the Rust types. Do not edit.\n';
const PLAIN = { string: 'string', number: 'number', integer: 'number', boolean: 'boolean', null: 'null' };

const unique = (parts) => [...new Set(parts)];
const union = (parts) => unique(parts).join(' | ');
const indented = (text) => text.replaceAll('\n', '\n  ');

function comment(text, indent = '') {
  if (!text) return '';
  const lines = text.replaceAll('*/', '*\\/').trim().split('\n');
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}

/** The TypeScript of a schema. `isAbsent` says that a null in it stands for a field that is not there. */
function type(schema, isAbsent = false) {
  if (schema === true) return 'unknown';
  if (schema.$ref) return schema.$ref.split('/').pop();
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.filter((each) => !(isAbsent && each === null)).map((each) => JSON.stringify(each)));
  const members = schema.oneOf ?? schema.anyOf;
  if (members) {
    const wanted = members.filter((member) => !(isAbsent && member.type === 'null'));
    // Fields beside the alternatives belong to each of them.
    const own = schema.properties ? `${object(schema)} & ` : '';
    const parts = union(wanted.map((member) => type(member)));
    return own ? `${own}(${parts})` : parts;
  }
  if (schema.allOf) return schema.allOf.map((each) => type(each)).join(' & ');
  const types = [schema.type].flat().filter((name) => !(isAbsent && name === 'null'));
  return union(types.map((name) => {
    if (name === 'array') {
      if (schema.prefixItems) return `[${schema.prefixItems.map((each) => type(each)).join(', ')}]`;
      const item = type(schema.items ?? true);
      return item.includes(' ') ? `(${item})[]` : `${item}[]`;
    }
    if (name === 'object') return object(schema);
    return PLAIN[name] ?? 'unknown';
  }));
}

function object({ properties = {}, required = [], additionalProperties }) {
  const fields = Object.entries(properties).map(([name, property]) => {
    const isRequired = required.includes(name);
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return `${comment(property.description, '  ')}  ${key}${isRequired ? '' : '?'}: ${indented(type(property, !isRequired))};\n`;
  });
  if (fields.length) return `{\n${fields.join('')}}`;
  if (additionalProperties && typeof additionalProperties === 'object') return `Record<string, ${type(additionalProperties)}>`;
  return additionalProperties === false ? 'Record<string, never>' : 'Record<string, unknown>';
}

function declaration(name, schema) {
  const written = type(schema);
  const isInterface = schema.type === 'object' && schema.properties && !schema.oneOf && !schema.anyOf;
  const body = isInterface ? `export interface ${name} ${written}\n` : `export type ${name} = ${written};\n`;
  return comment(schema.description) + body;
}

function declarations(schema, name) {
  const definitions = Object.entries(schema.$defs ?? {}).map(([key, value]) => declaration(key, value));
  return [BANNER, ...(name ? [declaration(name, schema)] : []), ...definitions].join('\n');
}

const out = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), 'declarations');
const { spec, report } = JSON.parse(readFileSync(0, 'utf8'));
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'spec.d.ts'), declarations(spec, 'MonitorSpec'));
writeFileSync(join(out, 'report.d.ts'), declarations(report));
