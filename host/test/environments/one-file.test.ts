import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asOneFile } from '../../src/environments/one-file.ts';

const joinAll = (modules: { [id: string]: string }) =>
  asOneFile(new Map(Object.entries(modules)), (specifier) => {
    const id = specifier.replace('./', '');
    return id in modules ? id : null;
  });

/** Runs what was made, as Node would. */
async function useOf(text: string): Promise<(id: string) => { [name: string]: unknown }> {
  const { use } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  return use;
}

test('modules find each other inside one file', async () => {
  const { text, exportsOf } = joinAll({
    'main.js': [
      "import { join as joined } from 'node:path';",
      "import { add, Box as Crate } from './sum.js';",
      "export { add, Box as Case } from './sum.js';",
      'export const path = joined("a", "b");',
      'export const box = new Crate();',
      "export const later = async () => (await import('./lazy.js')).lazy;",
    ].join('\n'),
    'sum.js': [
      'export function add(a, b) { return a + b; }',
      'export class Box { value = add(1, 2); }',
      'export async function* count() { yield 1; }',
    ].join('\n'),
    'lazy.js': 'export const lazy = 7;\nglobalThis.lazyHasRun = true;',
  });
  const main = (await useOf(text))('main.js');
  assert.deepEqual(Object.keys(main).toSorted(), ['Case', 'add', 'box', 'later', 'path']);
  assert.deepEqual(exportsOf.get('sum.js'), ['add', 'Box', 'count']);
  assert.equal(main['path'], 'a/b');
  assert.deepEqual({ ...(main['box'] as object) }, { value: 3 });
  assert.equal('lazyHasRun' in globalThis, false, 'a dynamic import runs when it is reached');
  assert.equal(await (main['later'] as () => Promise<number>)(), 7);
});

test('forms of import and export that are not known are refused, not guessed', () => {
  for (const source of [
    "import path from 'node:path';",
    "import * as path from 'node:path';",
    "import './other.js';",
    'export default 1;',
    "export * from './other.js';",
    'export let changing = 1;',
  ]) {
    assert.throws(() => joinAll({ 'a.js': source, 'other.js': '' }), /not known here/, source);
  }
  assert.throws(() => joinAll({ 'a.js': "import { x } from './gone.js';" }), /which is not there/);
  assert.throws(() => joinAll({ 'a.js': "import { x } from 'left-pad';" }), /no environment has/);
});
