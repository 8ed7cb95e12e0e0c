import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadComposition } from '../../src/compositions/load.ts';

let folder = '';
const builder = JSON.stringify(new URL('../../src/compositions/builder.ts', import.meta.url).href);
const form = { name: 'c', nodes: { n: { use: 'x', action: 'y' } } };

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-load-'));
  const files: { [name: string]: string } = {
    'c.yaml': 'name: c\nnodes: { n: { use: x, action: y } }\n',
    'c.json': JSON.stringify(form),
    'c.ts': `import { composition } from ${builder};
      const c: ReturnType<typeof composition> = composition('c');
      c.node('n', { use: 'x', action: 'y' });
      export default c;`,
    'without-packages.ts': `import { composition } from 'capstan';
      const c = composition('c');
      c.node('n', { use: 'x', action: 'y' });
      export default c;`,
    'form.mjs': `export default ${JSON.stringify(form)};`,
    'nothing.mjs': 'export const composition = 1;',
    'enum.ts': 'export default {};\nenum Kind { A }',
    'open.ts': 'const a = 1;\nexport default {',
    'alien.ts': 'import "no-such-package";',
    'throws.mjs': 'throw new Error("no network");',
    'wrong.mjs': 'export default { name: "c", nodes: { n: { use: "x" } } };',
    'c.toml': 'name = "c"',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});
after(() => rmSync(folder, { recursive: true }));

for (const name of ['c.yaml', 'c.json', 'c.ts', 'without-packages.ts', 'form.mjs']) {
  test(`${name} holds a composition, and its folder is known`, async () => {
    const loaded = await loadComposition(name, folder);
    assert.deepEqual(loaded.composition, {
      name: 'c',
      inputs: {},
      nodes: { n: { use: 'x', action: 'y', with: {}, needs: [] } },
      outputs: {},
      failFast: true,
    });
    assert.equal(loaded.folder, folder);
    assert.equal(loaded.file, name);
  });
}

const refused: [name: string, code: string, message: RegExp][] = [
  ['missing.yaml', 'FILE_NOT_FOUND', /^there is no composition at missing\.yaml$/],
  ['missing.ts', 'FILE_NOT_FOUND', /^there is no composition at missing\.ts$/],
  ['c.toml', 'USAGE', /c\.toml is not a composition: it ends in "\.toml"/],
  ['nothing.mjs', 'COMPOSITION_INVALID', /nothing\.mjs: the module has no default export/],
  [
    'throws.mjs',
    'COMPOSITION_INVALID',
    /^throws\.mjs:1:7: the module failed while it was loaded: no network/,
  ],
  ['enum.ts', 'COMPOSITION_INVALID', /^enum\.ts:2: the module failed .* enum is not supported/],
  ['open.ts', 'COMPOSITION_INVALID', /^open\.ts:2: the module failed .* Unexpected token/],
  ['alien.ts', 'COMPOSITION_INVALID', /^alien\.ts: .* Cannot find package 'no-such-package'/],
  [
    'wrong.mjs',
    'COMPOSITION_INVALID',
    /wrong\.mjs: nodes\.n\.action: this node does not say what to call/,
  ],
];
for (const [name, code, message] of refused) {
  test(`${name} is refused as ${code}`, async () => {
    await assert.rejects(loadComposition(name, folder), { code, message });
  });
}

test('the line of a module that fails is told to machines too', async () => {
  await assert.rejects(loadComposition('throws.mjs', folder), {
    details: { file: 'throws.mjs', line: 1, column: 7 },
  });
});
