import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Catalog } from '../../src/compositions/composition.ts';
import { loadComposition } from '../../src/compositions/load.ts';
import { parseComposition, parseSource } from '../../src/compositions/parse.ts';
import { describeProblems, locateProblems } from '../../src/compositions/problems.ts';
import { validateComposition } from '../../src/compositions/validate/validate.ts';
import { messageOf } from '../../src/errors.ts';
import { action, file } from './catalog.ts';

/** The workspace of `examples/03-command`, which the page is about. */
const catalog: Catalog = {
  capabilities: {
    lines: {
      installed: true,
      actions: {
        sort: action({ text: file }, file),
        merge: action({ texts: { type: 'array', items: file } }, { type: 'string' }),
      },
      tasks: {},
    },
  },
};

const page = readFileSync(new URL('../../../docs/compositions.md', import.meta.url), 'utf8');
const blocks = Array.from(
  page.matchAll(/^```(\w*)\n([^]*?)^```$/gm),
  ([, language = '', text = '']) => ({
    language,
    text,
  }),
);

/** A composition of the page starts with a comment that names its file. */
const named = blocks
  .filter(({ language }) => language === 'yaml')
  .map(({ text }) => ({ name: /^# (\S+)\n/.exec(text)?.[1] ?? '', text }));

function problemsOf(text: string, name: string): string {
  try {
    const { composition, locate } = parseSource(text, name);
    return describeProblems(
      name,
      locateProblems(validateComposition(composition, catalog), locate),
    );
  } catch (error) {
    return messageOf(error);
  }
}

test('every composition of the page has exactly the problems that are printed after it', () => {
  assert.ok(named.length > 5);
  const printed = blocks
    .filter(({ language }) => language === 'text')
    .map(({ text }) => text.trimEnd());
  const found = named
    .map(({ text, name }) => problemsOf(text, name))
    .filter((problems) => problems !== '');
  assert.deepEqual(found, printed);
});

test('the composition in TypeScript is the one in YAML', async (t) => {
  const module = blocks.find(({ language }) => language === 'ts')?.text;
  assert.ok(module !== undefined && named[0] !== undefined);
  const folder = mkdtempSync(join(tmpdir(), 'capstan-docs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const ours = new URL('../../src/compositions/index.ts', import.meta.url).href;
  writeFileSync(join(folder, 'merge.ts'), module.replace("'capstan'", JSON.stringify(ours)));
  const { composition } = await loadComposition('merge.ts', folder);
  assert.deepEqual(composition, parseComposition(named[0].text, 'merge.yaml'));
});

test('the composition at the top is the example', () => {
  const example = new URL('../../../examples/03-command/merge.yaml', import.meta.url);
  assert.deepEqual(
    parseComposition(named[0]?.text ?? '', 'merge.yaml'),
    parseComposition(readFileSync(example, 'utf8'), 'merge.yaml'),
  );
});
