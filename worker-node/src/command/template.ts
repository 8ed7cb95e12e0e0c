/** A piece of a template: text, or the path of a reference such as `['inputs', 'audio', 'stem']`. */
export type Piece = { kind: 'text'; text: string } | { kind: 'reference'; path: string[] };

const reference = /\$\{\{\s*([^}]*?)\s*\}\}/g;

/** Takes `"a ${{ inputs.b }}"` apart. */
export function parseTemplate(template: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of template.matchAll(reference)) {
    if (match.index > end) pieces.push({ kind: 'text', text: template.slice(end, match.index) });
    pieces.push({ kind: 'reference', path: (match[1] ?? '').split('.') });
    end = match.index + match[0].length;
  }
  if (end < template.length || template === '') {
    pieces.push({ kind: 'text', text: template.slice(end) });
  }
  return pieces;
}

/** The path when a template is exactly one reference, and so stands for a value rather than for text. */
export function wholeReference(pieces: readonly Piece[]): string[] | null {
  const [piece] = pieces;
  return pieces.length === 1 && piece?.kind === 'reference' ? piece.path : null;
}
