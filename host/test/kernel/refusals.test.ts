import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { meanings } from '../../src/cli/commands/explain/meanings.ts';
import { errorTable } from '../../src/error-table.ts';
import { refusals, withDeclared } from '../../src/kernel/refusals.ts';

test('the table of refusals and the table of errors end processes alike', () => {
  for (const [code, { exit }] of Object.entries(refusals)) {
    assert.equal(errorTable[code as keyof typeof errorTable]?.exit, exit, code);
  }
});

test('the exit of a refusal is its verdict', () => {
  const exits = { held: [5], busy: [75], policy: [4], wrong: [2], gone: [3, 5], broken: [78] };
  for (const [code, { verdict, exit }] of Object.entries(refusals)) {
    assert.ok(exits[verdict].includes(exit), code);
  }
});

test('what capstan explain says is what docs/errors.md says', () => {
  const page = readFileSync('docs/errors.md', 'utf8');
  const rows = page.matchAll(/^\| `([A-Z_]+)` \| \w+ \| \d+ \| (.*) \|$/gm);
  const documented = Object.fromEntries(
    Array.from(rows, ([, code = '', text = '']) => [
      code,
      text.replaceAll(/\[([^\]]+)\]\(([^)]+)\)/g, (_found, _text, file) => `docs/${file}`),
    ]),
  );
  const told = Object.entries(refusals).map(([code, { summary, fix }]) => [
    code,
    `${summary} ${fix}`,
  ]);
  assert.deepEqual(documented, { ...meanings, ...Object.fromEntries(told) });
});

test('a workspace adds codes of its own behind ours', () => {
  const own = { summary: 'The soak test still runs.', fix: 'Wait.', exit: 9 };
  const { codes, problems } = withDeclared([
    ['SOAK_NOT_OVER', own],
    ['OTHER', { summary: 'x', fix: 'y' }],
  ]);
  assert.deepEqual(problems, []);
  assert.deepEqual(codes.get('SOAK_NOT_OVER'), { code: 'SOAK_NOT_OVER', verdict: null, ...own });
  assert.equal(codes.get('OTHER')?.exit, 4);
  assert.equal(codes.get('REGION_HELD')?.exit, 5);
});

test('a declared code may not be one of ours, nor one that means another error, nor be declared twice', () => {
  const row = { summary: 's', fix: 'f' };
  const { codes, problems } = withDeclared(
    [
      ['REGION_HELD', { ...row, exit: 0 }],
      ['USAGE', row],
      ['MINE', row],
      ['MINE', { ...row, summary: 'again' }],
      ['mine', row],
      ['ZERO', { ...row, exit: 0 }],
      ['HIGH', { ...row, exit: 300 }],
    ],
    ['USAGE'],
  );
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['REGION_HELD', 'USAGE', 'MINE', 'mine', 'ZERO', 'HIGH'],
  );
  assert.match(problems[0]?.reason ?? '', /a code of Capstan's own/);
  assert.equal(codes.get('MINE')?.summary, 's');
  assert.equal(codes.get('REGION_HELD')?.exit, 5);
});
