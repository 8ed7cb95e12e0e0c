import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorTable } from '../host/src/error-table.ts';
import { refusals } from '../host/src/kernel/refusals.ts';

test('docs/errors.md explains exactly the codes of the table, with their exit codes', () => {
  const rows = readFileSync('docs/errors.md', 'utf8').matchAll(
    /^\| `([A-Z_]+)` \| (\w+) \| (\d+) \|/gm,
  );
  const documented = Object.fromEntries(
    Array.from(rows, ([, code, category, exit]) => [code, { category, exit: Number(exit) }]),
  );
  const inCode = Object.fromEntries(
    Object.entries(errorTable).map(([code, { category, exit }]) => [code, { category, exit }]),
  );
  assert.deepEqual(documented, inCode);
});

test('a refused claim or lease ends a command with the exit code that the table of refusals has', () => {
  const exits = Object.fromEntries(
    Object.entries(errorTable)
      .filter(([code]) => Object.hasOwn(refusals, code))
      .map(([code, { exit }]) => [code, exit]),
  );
  const expected = Object.entries(refusals).map(([code, { exit }]) => [code, exit]);
  assert.deepEqual(exits, Object.fromEntries(expected));
});
