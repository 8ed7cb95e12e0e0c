import type { Style } from './style.ts';
import { type Cell, table } from './table.ts';
import { truncate, widthOf } from './width.ts';

/** A column that may be left out where there is no room for all. */
export interface Column {
  title: string;
  cells: readonly (string | Cell)[];
  /** Lower ones are left out first; of the same worth, later ones. */
  worth: number;
}

/** What the last column needs at least to be worth its place. */
const leastLast = 28;
/** No column but the last takes more of a terminal than this. */
const most = 36;

/**
 * A table that fits: in a narrow terminal the columns of least worth are left out, and the last one that is left is
 * cut. With `Infinity` columns everything is kept.
 */
export function fittedTable(
  columns: readonly Column[],
  { columns: width, style }: { columns: number; style: Style },
): string[] {
  const isBounded = Number.isFinite(width);
  let kept = columns.map((column, at) => ({ ...column, at, cells: column.cells.map(asCell) }));
  if (isBounded) {
    kept = kept.map((column, at) => (at === kept.length - 1 ? column : capped(column)));
    while (kept.length > 1 && neededBy(kept) > width) {
      const least = kept.toSorted((a, b) => a.worth - b.worth || b.at - a.at)[0];
      kept = kept.filter((column) => column !== least);
    }
  }
  const rows = Array.from({ length: columns[0]?.cells.length ?? 0 }, (_, row) =>
    kept.map(({ cells }) => cells[row] ?? { text: '' }),
  );
  return table(
    kept.map(({ title }) => title),
    rows,
    { columns: width, style },
  );
}

const asCell = (cell: string | Cell): Cell => (typeof cell === 'string' ? { text: cell } : cell);

const capped = <T extends { cells: Cell[] }>(column: T): T => ({
  ...column,
  cells: column.cells.map((cell) => ({ ...cell, text: truncate(cell.text, most) })),
});

function neededBy(columns: readonly { title: string; cells: readonly Cell[] }[]): number {
  const widths = columns.map(({ title, cells }) =>
    Math.max(widthOf(title), ...cells.map(({ text }) => widthOf(text))),
  );
  const last = Math.min(widths.at(-1) ?? 0, leastLast);
  return widths.slice(0, -1).reduce((sum, one) => sum + one + 2, last);
}
