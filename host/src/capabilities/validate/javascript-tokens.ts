import { Cursor, type Token } from './token.ts';

const blank = /[\s\uFEFF]+/uy;
const comment = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|#![^\n]*/y;
const name = /[#\p{L}_$][\p{L}\p{N}_$]*/uy;
const number = /\d[\w.]*|\.\d[\w.]*/y;
const regex = /\/(?:[^\\/[\n]|\\.|\[(?:[^\\\]\n]|\\.)*\])+\/[a-z]*/uy;
const sign = /=>|\?\.|\.\.\.|[=!<>]=+|&&|\|\||\?\?|[^\s]/uy;

/** The tokens of a JavaScript or TypeScript source; code in `${…}` of a template counts, its text does not. */
export function javascriptTokens(source: string): Token[] {
  const cursor = new Cursor(source);
  const tokens: Token[] = [];
  /** For each open template, how many braces are open in the code inside of it. */
  const templates: number[] = [];
  const take = (kind: Token['kind'], text: string) => {
    tokens.push({ kind, text, ...cursor.place });
    cursor.advance(text.length);
  };
  while (!cursor.isDone) {
    const isShebang = cursor.startsWith('#!') && cursor.at > 0;
    const skipped = cursor.match(blank) ?? (isShebang ? null : cursor.match(comment));
    const here = cursor.source[cursor.at] ?? '';
    if (skipped !== null) cursor.advance(skipped.length);
    else if (here === '"' || here === "'") {
      const token: Token = { kind: 'string', text: here, ...cursor.place };
      const from = cursor.at + 1;
      cursor.advance(1);
      cursor.skipText(here, '\n');
      tokens.push({ ...token, value: source.slice(from, cursor.at - 1) });
    } else if (here === '`') {
      take('string', here);
      enterText(cursor, templates);
    } else if (here === '}' && templates.at(-1) === 0) {
      templates.pop();
      cursor.advance(1);
      enterText(cursor, templates);
    } else {
      const last = templates.length - 1;
      if (last >= 0 && here === '{') templates[last] = (templates[last] ?? 0) + 1;
      if (last >= 0 && here === '}') templates[last] = (templates[last] ?? 1) - 1;
      takeOther(cursor, tokens, take);
    }
  }
  return tokens;
}

/** Over the text of a template, to behind its end or into the code of its next `${`. */
function enterText(cursor: Cursor, templates: number[]): void {
  while (!cursor.isDone) {
    if (cursor.startsWith('`')) return cursor.advance(1);
    if (cursor.startsWith('${')) {
      templates.push(0);
      return cursor.advance(2);
    }
    cursor.advance(cursor.startsWith('\\') ? 2 : 1);
  }
}

function takeOther(
  cursor: Cursor,
  tokens: readonly Token[],
  take: (kind: Token['kind'], text: string) => void,
): void {
  const literal = cursor.startsWith('/') && beginsValue(tokens.at(-1)) ? cursor.match(regex) : null;
  if (literal !== null) return take('string', literal);
  const word = cursor.match(name);
  if (word !== null) return take('name', word);
  const digits = cursor.match(number);
  if (digits !== null) return take('number', digits);
  take('sign', cursor.match(sign) ?? cursor.source[cursor.at] ?? '');
}

const beforeValue = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'do',
  'else',
  'void',
  'await',
]);

/** Whether a `/` behind this token begins a regular expression rather than dividing. */
function beginsValue(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'name') return beforeValue.has(before.text);
  return before.kind === 'sign' && ![')', ']', '}'].includes(before.text);
}
