import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fittedTable } from '../../src/cli/terminal/fitted-table.ts';
import { styleFor } from '../../src/cli/terminal/style.ts';
import { widthOf } from '../../src/cli/terminal/width.ts';

const style = styleFor(false);
const columns = [
  { title: 'NAME', worth: 9, cells: ['speech', 'embedder'] },
  { title: 'PROCESS', worth: 1, cells: ['1234', '99'] },
  { title: 'STATE', worth: 5, cells: ['ready', 'starting'] },
  { title: 'WHY', worth: 8, cells: ['because of this and that, and for another thing', '-'] },
];

test('where there is room, everything is shown whole', () => {
  assert.deepEqual(fittedTable(columns, { columns: Infinity, style }), [
    'NAME      PROCESS  STATE     WHY',
    'speech    1234     ready     because of this and that, and for another thing',
    'embedder  99       starting  -',
  ]);
});

test('in a narrow terminal the columns of least worth go first, and the last that stays is cut', () => {
  assert.deepEqual(fittedTable(columns, { columns: 50, style }), [
    'NAME      STATE     WHY',
    'speech    ready     because of this and that, and…',
    'embedder  starting  -',
  ]);
  assert.deepEqual(fittedTable(columns, { columns: 40, style }), [
    'NAME      WHY',
    'speech    because of this and that, and…',
    'embedder  -',
  ]);
  assert.deepEqual(fittedTable(columns, { columns: 6, style }), ['NAME', 'speech', 'embed…']);
});

test('no line is wider than the terminal, whatever stands in the cells', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 });
  const column = fc.record({
    title: fc.string({ minLength: 1, maxLength: 8 }),
    worth: fc.nat(9),
    cells: fc.array(text, { minLength: 2, maxLength: 2 }),
  });
  const table = fc.array(column, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(table, fc.integer({ min: 1, max: 120 }), (all, width) => {
      for (const line of fittedTable(all, { columns: width, style })) {
        assert.ok(widthOf(line) <= width, `${widthOf(line)} of ${width}: ${line}`);
      }
    }),
  );
});
