import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Catalog, Composition } from '../../src/compositions/composition.ts';
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

/** A module of the page, by the file its first line names. */
async function moduleNamed(t: TestContext, name: string): Promise<Composition> {
  const module = blocks.find(({ language, text }) => language === 'ts' && text.includes(name));
  assert.ok(module !== undefined, `${name} is on the page`);
  const folder = mkdtempSync(join(tmpdir(), 'capstan-docs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const ours = new URL('../../src/compositions/index.ts', import.meta.url).href;
  writeFileSync(join(folder, name), module.text.replace("'capstan'", JSON.stringify(ours)));
  return (await loadComposition(name, folder)).composition;
}

test('the composition in TypeScript is the one in YAML', async (t) => {
  assert.deepEqual(
    await moduleNamed(t, 'merge.ts'),
    parseComposition(named[0]?.text ?? '', 'merge.yaml'),
  );
});

test('the list of steps is the composition in YAML, and one call with many inputs is valid', async (t) => {
  const written = named.find(({ name }) => name === 'steps.yaml')?.text ?? '';
  assert.deepEqual(await moduleNamed(t, 'steps.ts'), parseComposition(written, 'steps.yaml'));
  const sorted = await moduleNamed(t, 'sorted.ts');
  assert.deepEqual(validateComposition(sorted, catalog), []);
  assert.equal(Object.keys(sorted.nodes).length, 2);
});

test('the composition at the top is the example', () => {
  const example = new URL('../../../examples/03-command/merge.yaml', import.meta.url);
  assert.deepEqual(
    parseComposition(named[0]?.text ?? '', 'merge.yaml'),
    parseComposition(readFileSync(example, 'utf8'), 'merge.yaml'),
  );
});
