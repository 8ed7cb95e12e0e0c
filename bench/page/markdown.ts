/** A row of a table: cells are kept on one line, and a bar in one does not end it. */
const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;

/** A table without the columns that are empty in every row; nothing where there are no rows. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const kept = header.flatMap((_, column) =>
    rows.some((cells) => (cells[column] ?? '') !== '') ? [column] : [],
  );
  const only = (cells: readonly string[]): string[] => kept.map((column) => cells[column] ?? '');
  return [
    row(only(header)),
    row(kept.map(() => '---')),
    ...rows.map((cells) => row(only(cells))),
  ].join('\n');
}

/** Where links to a figure lead. */
export const anchor = (id: string): string => `<a id="${slug(id)}"></a>`;

export const linkTo = (id: string, text: string): string => `[${text}](#${slug(id)})`;

const slug = (id: string): string => id.replaceAll(/[^a-z0-9]+/gi, '-');

/** Paragraphs, tables and headings, with an empty line between them; what is empty is left out. */
export const blocks = (...parts: readonly string[]): string =>
  parts.filter((part) => part !== '').join('\n\n');

export const list = (items: readonly string[]): string =>
  items.map((item) => `- ${item}`).join('\n');
