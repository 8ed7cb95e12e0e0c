import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { groups } from '../host/src/cli/commands/table.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/coming-from-dos.md'), 'utf8');

/** Rows of the tables below a heading, as their cells. */
function rowsBelow(heading: string): string[][] {
  const below = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return below
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[-| ]+\|$/.test(line))
    .slice(1)
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** The titles of the tests, as they are written. */
function titlesIn(pattern: string): Set<string> {
  const inTest = /\btest\(\s*(['"`])((?:\\.|(?!\1)[^\\\n])*)\1/g;
  const titles = globSync(pattern, { cwd: root }).flatMap((file) =>
    Array.from(readFileSync(join(root, file), 'utf8').matchAll(inTest), ([, , title = '']) =>
      title.replaceAll(/\\(.)/g, '$1'),
    ),
  );
  return new Set(titles);
}

test('every weak point of the published kernel names a test that shows it there and holds it here', () => {
  const known = titlesIn('test/reference-kernel*.env.test.ts');
  const rows = rowsBelow('Weak points');
  const named = rows.map(([, title = '']) => title);
  assert.deepEqual(
    named.filter((title) => !known.has(title)),
    [],
    'tests that are gone',
  );
  assert.deepEqual(
    [...known].toSorted(),
    [...new Set(named)].toSorted(),
    'tests that no row names',
  );
  const parts = rows.map(([point = '']) => /^4\.\d/.exec(point)?.[0] ?? point);
  const all = Array.from({ length: 9 }, (_, n) => `4.${n + 1}`);
  assert.deepEqual([...new Set(parts)].toSorted(), all);
});

test('every command of Capstan that the map names is one', () => {
  const known = groups.flatMap(({ commands }) => Object.keys(commands));
  const named = Array.from(page.matchAll(/[`$] ?capstan ([a-z]+)/g), ([, name = '']) => name);
  assert.ok(named.length > 15);
  assert.deepEqual(
    [...new Set(named)].filter((name) => !known.includes(name)),
    [],
  );
});

test('every link of the map leads somewhere', () => {
  const links = Array.from(page.matchAll(/\]\(([^)]+)\)/g), ([, target = '']) => target);
  const headings = Array.from(page.matchAll(/^#+ (.*)$/gm), ([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
  const broken = links.filter((target) => {
    if (target.startsWith('https://')) return false;
    if (target.startsWith('#')) return !headings.includes(target.slice(1));
    return !existsSync(join(root, 'docs', target.split('#')[0] ?? ''));
  });
  assert.deepEqual(broken, []);
});
