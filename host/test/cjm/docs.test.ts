import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { groups } from '../../src/cli/commands/table.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const page = readFileSync(join(root, 'docs/coming-from-cjm.md'), 'utf8');

/** Rows of the tables below a heading, as their cells. */
function rowsBelow(heading: string): string[][] {
  const below = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return below
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[-| ]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}

/** The titles of all tests and conformance checks of the repository, as they are written. */
function allTitles(): Set<string> {
  const titles = new Set<string>();
  const files = globSync(
    ['{host/test,test,protocol,worker-node/test,examples}/**/*.ts', 'worker-python/tests/**/*.py'],
    { cwd: root, exclude: (path) => path.includes('node_modules') },
  );
  const inTest = /\b(?:test|it)\(\s*(['"`])((?:\\.|(?!\1)[^\\\n])*)\1/g;
  const inCheck = /\bname:\s*(['"`])((?:\\.|(?!\1)[^\\\n])*)\1/g;
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    const found = file.endsWith('.py')
      ? Array.from(text.matchAll(/^\s*def (test_\w+)/gm), ([, name]) => name ?? '')
      : Array.from(
          text.matchAll(file.includes('conformance') ? inCheck : inTest),
          ([, , title]) => title ?? '',
        );
    for (const title of found) titles.add(title.replaceAll(/\\(.)/g, '$1'));
  }
  return titles;
}

test('every behaviour that is taken over names tests that exist', () => {
  const rows = rowsBelow('Behaviours').filter(
    ([behaviour = '', does]) => behaviour !== 'behaviour' && does !== '',
  );
  assert.ok(rows.length > 60, `only ${rows.length} rows were found`);
  const titles = allTitles();
  const unknown = rows.flatMap(([behaviour, , tests = '']) =>
    tests
      .split('<br>')
      .map((title) => title.trim())
      .filter((title) => !titles.has(title))
      .map((title) => `${behaviour}: ${title === '' ? 'no test' : title}`),
  );
  assert.deepEqual(unknown, []);
});

test('every command that the page names is one', () => {
  const known = groups.flatMap(({ commands }) => Object.keys(commands));
  const named = Array.from(page.matchAll(/[`$] ?capstan ([a-z]+)/g), ([, name]) => name ?? '');
  assert.ok(named.length > 30);
  assert.deepEqual(
    [...new Set(named)].filter((name) => !known.includes(name)),
    [],
  );
  // Those of the other side, each in a row of its own.
  const theirs = rowsBelow('Commands')
    .map(([command]) => command ?? '')
    .join(' ');
  const all =
    'setup-runtime install-all regenerate-manifest generate-adapter-manifest setup-host list remove validate ' +
    'set-secret list-secrets logs retention workspace-init workspace-doctor envs-for refresh';
  for (const command of all.split(' ')) {
    assert.ok(theirs.includes(`\`${command}`), command);
  }
});

test('every link of the page leads somewhere', () => {
  const links = Array.from(page.matchAll(/\]\(([^)]+)\)/g), ([, target]) => target ?? '');
  const headings = Array.from(page.matchAll(/^#+ (.*)$/gm), ([, text]) =>
    (text ?? '')
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
  const broken = links.filter((target) => {
    if (target.startsWith('https://')) return false;
    if (target.startsWith('#')) return !headings.includes(target.slice(1));
    const [path = ''] = target.split('#');
    return globSync(join(root, 'docs', path)).length === 0;
  });
  assert.deepEqual(broken, []);
});
