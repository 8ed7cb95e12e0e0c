import type { Style } from './style.ts';
import { padEnd, truncate, widthOf } from './width.ts';

export interface Cell {
  text: string;
  paint?: (text: string) => string;
}

/**
 * Rows under a dim header, columns aligned, the last one cut to what the terminal has left. Pass
 * `Infinity` columns to keep everything, as a pipe wants it.
 */
export function table(
  header: string[],
  rows: (string | Cell)[][],
  { columns, style }: { columns: number; style: Style },
): string[] {
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)),
  );
  const widths = header.map((title, i) =>
    Math.max(widthOf(title), ...cells.map((row) => widthOf(row[i]?.text ?? ''))),
  );
  const line = (row: Cell[]): string => {
    let used = 0;
    const parts = row.map((cell, i) => {
      const last = i === row.length - 1;
      const text = last ? truncate(cell.text, columns - used) : padEnd(cell.text, widths[i] ?? 0);
      used += (widths[i] ?? 0) + 2;
      return cell.paint === undefined ? text : cell.paint(text);
    });
    return parts.join('  ').trimEnd();
  };
  return [line(header.map((text) => ({ text, paint: style.dim }))), ...cells.map(line)];
}
