import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorTable } from '../host/src/error-table.ts';

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
