import type { Token } from './token.ts';

/** What the names of a Python file stand for, in full: `log` is `logging` after `import logging as log`. */
export type Imports = ReadonlyMap<string, string>;

const keyword = { plain: `import`, from: `from` } as const;

/** Reads the import statements, wherever they stand. */
export function importsOf(tokens: readonly Token[]): Imports {
  const imports = new Map<string, string>();
  for (let at = 0; at < tokens.length; at++) {
    if (!startsStatement(tokens, at)) continue;
    if (tokens[at]?.text === keyword.plain) readImport(tokens, at + 1, '', imports);
    if (tokens[at]?.text !== keyword.from) continue;
    const [module, next] = dottedAt(tokens, at + 1);
    if (tokens[next]?.text === keyword.plain) readImport(tokens, next + 1, `${module}.`, imports);
  }
  return imports;
}

function readImport(
  tokens: readonly Token[],
  from: number,
  prefix: string,
  imports: Map<string, string>,
): void {
  let at = tokens[from]?.text === '(' ? from + 1 : from;
  while (tokens[at]?.kind === 'name') {
    const [name, next] = dottedAt(tokens, at);
    const alias = tokens[next]?.text === 'as' ? tokens[next + 1]?.text : undefined;
    const bound = alias ?? (prefix === '' ? (name.split('.')[0] ?? name) : name);
    // `import a.b` binds `a`, which is `a`; only with `as` is it the whole.
    imports.set(bound, alias === undefined && prefix === '' ? bound : prefix + name);
    at = alias === undefined ? next : next + 2;
    if (tokens[at]?.text !== ',') return;
    at++;
  }
}

/** `a.b.c` beginning at a token, and the index of what follows. */
function dottedAt(tokens: readonly Token[], from: number): [string, number] {
  let at = from;
  let text = '';
  while (tokens[at]?.text === '.' || tokens[at]?.text === '...') text += tokens[at++]?.text ?? '';
  while (tokens[at]?.kind === 'name' && tokens[at]?.text !== keyword.plain) {
    text += tokens[at]?.text ?? '';
    if (tokens[at + 1]?.text !== '.' || tokens[at + 2]?.kind !== 'name') return [text, at + 1];
    text += '.';
    at += 2;
  }
  return [text, at];
}

/** The full name of what begins at a token (`logging.basicConfig`), and the index behind it. */
export function fullNameAt(
  tokens: readonly Token[],
  at: number,
  imports: Imports,
): [name: string, next: number] | null {
  const first = tokens[at];
  if (first?.kind !== 'name' || tokens[at - 1]?.text === '.') return null;
  const [written, next] = dottedAt(tokens, at);
  const meant = imports.get(first.text);
  return meant === undefined ? null : [meant + written.slice(first.text.length), next];
}

/** Whether a token begins a statement: of a line, behind `;`, or behind the `:` of a compound one. */
export function startsStatement(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  return before === undefined || before.kind === 'newline' || [';', ':'].includes(before.text);
}

/** The index of the bracket that closes the one at `open`, or the end. */
export function closingOf(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const text = tokens[at]?.text ?? '';
    if (tokens[at]?.kind !== 'sign') continue;
    if ('([{'.includes(text)) depth++;
    if (')]}'.includes(text) && --depth === 0) return at;
  }
  return tokens.length;
}
