import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FileKind, kindOf } from '../../../src/capabilities/validate/kind.ts';

const kinds: [file: string, text: string, kind: FileKind][] = [
  ['capstan.yaml', '', 'workspace'],
  ['elsewhere.yaml', 'capabilities: []', 'workspace'],
  ['notes.yaml', 'name: a\nnodes: {}', 'composition'],
  ['misspelt.yaml', 'nam: a\nnods: {}', 'composition'],
  ['broken.yaml', 'a: [', 'composition'],
  ['notes.json', '{"nodes": {}}', 'composition'],
  ['flow.ts', "import { composition } from 'capstan';", 'composition'],
  ['flow.mjs', 'export default { name: "a", nodes: {} };', 'composition'],
  ['tool.ts', "import { a } from '@capstan/worker';\nexport default { nodes: 1 };", 'source'],
  ['part.ts', "// from 'capstan'\nexport const a = `capstan`;", 'source'],
  ['tool.py', 'import capstan', 'source'],
  ['ffmpeg.yaml', 'executable: ffmpeg', 'command'],
  ['environment.yml', 'dependencies: [a]', 'environment'],
  ['m.json', '{"format_version": "9"}', 'manifest'],
  ['a.json', '{"unit": "adapter"}', 'manifest'],
  ['old.json', '{"python_path": "/p", "class": "A"}', 'manifest'],
  ['cut.json', '{"format_version": "2.0",', 'manifest'],
  ['README.md', '# nodes', 'other'],
];
for (const [file, text, kind] of kinds) {
  test(`validate takes ${file} for what it is: ${kind}`, () => {
    assert.equal(kindOf(`/w/${file}`, text), kind);
  });
}
