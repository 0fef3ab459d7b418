// SPDX-License-Identifier: Apache-2.0
// node openapi_check.mjs VALIDATOR DOCUMENT
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';

const [library, file] = process.argv.slice(2);
const {Validator} = await import(pathToFileURL(library));
const read = () => JSON.parse(readFileSync(file, 'utf8'));
let passed = 0;

async function judge(document) {
  const validator = new Validator();
  const result = await validator.validate(document);
  return {...result, version: validator.version, refs: () => validator.resolveRefs()};
}

const good = await judge(read());
assert(good.valid, JSON.stringify(good.errors, null, 1));
assert.equal(good.version, '3.1');
good.refs();  // throws on a reference to what is not there
passed += 2;

// Each param of a path is declared, each id is there once, each reference has its aim.
const document = read();
const ids = new Set();
for (const [path, methods] of Object.entries(document.paths))
  for (const [method, operation] of Object.entries(methods)) {
    const declared = (operation.parameters ?? []).filter(p => p.in === 'path').map(p => p.name).sort();
    assert.deepEqual(declared, [...path.matchAll(/{([^}]*)}/g)].map(m => m[1]).sort(), `${method} ${path}`);
    assert(!ids.has(operation.operationId), operation.operationId);
    ids.add(operation.operationId);
    ++passed;
  }
for (const [, section, name] of JSON.stringify(document).matchAll(/"#\/components\/(\w+)\/([^"]+)"/g))
  assert(document.components[section][name], `${section}/${name}`), ++passed;

// The judge sees what is wrong.
for (const spoil of [
       d => { delete d.info; },
       d => { d.paths['/api/rows'].get.responses = {}; d.paths['/api/rows'].get.parameters = {}; },
       d => { d.paths['/api/rows/{key}/cells'].get.parameters[0].required = false; },
       d => { d.components.securitySchemes.token.type = 'magic'; },
     ]) {
  const bad = read();
  spoil(bad);
  assert(!(await judge(bad)).valid, spoil.toString());
  ++passed;
}
console.log(`${passed} passed, 0 failed`);
