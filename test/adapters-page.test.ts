import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path: string): string => readFileSync(path, 'utf8');

/** Code in which nothing but spaces differs is the same. */
const squeezed = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

test('the adapters that docs/adapters.md shows are those of the example', () => {
  const page = read('docs/adapters.md');
  const blockOf = (language: string, first: string): string => {
    const blocks = page.matchAll(/^```(\w+)\n([^]*?)^```$/gm);
    const found = Array.from(blocks).find(
      ([, kind, text]) => kind === language && text?.startsWith(first),
    );
    assert.ok(found?.[2], `there is a block of ${language} that begins with ${first}`);
    return found[2];
  };
  const python = squeezed(read('examples/04-adapters/words.py'));
  const node = squeezed(read('examples/04-adapters/words.ts'));
  assert.ok(python.includes(squeezed(blockOf('python', 'class FindsMostCommon'))));
  assert.ok(node.includes(squeezed(blockOf('ts', 'class Tallies'))));
});
