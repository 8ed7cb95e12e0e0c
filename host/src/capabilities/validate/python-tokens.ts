import { Cursor, type Token } from './token.ts';

const blank = /[ \t\f\r]+|\\\r?\n/y;
const comment = /#[^\n]*/y;
const opening = /[rRbBuUfFtT]{0,2}("""|'''|"|')/y;
const name = /[\p{L}_][\p{L}\p{N}_]*/uy;
const number = /\d[\w.]*/y;
const sign = /\*\*|->|==|!=|<=|>=|:=|\.\.\.|[^\s]/uy;

/** The tokens of a Python source. A line's end inside brackets is none, as for Python itself. */
export function pythonTokens(source: string): Token[] {
  const cursor = new Cursor(source);
  const tokens: Token[] = [];
  let depth = 0;
  const take = (kind: Token['kind'], text: string) => {
    tokens.push({ kind, text, ...cursor.place });
    cursor.advance(text.length);
  };
  while (!cursor.isDone) {
    const skipped = cursor.match(blank) ?? cursor.match(comment);
    const quoted = cursor.match(opening);
    const word = cursor.match(name);
    if (skipped !== null) cursor.advance(skipped.length);
    else if (cursor.startsWith('\n')) {
      if (depth === 0) take('newline', '\n');
      else cursor.advance(1);
    } else if (quoted !== null) takeString(cursor, tokens, quoted);
    else if (word !== null) take('name', word);
    else {
      const digits = cursor.match(number);
      const text = digits ?? cursor.match(sign) ?? cursor.source[cursor.at] ?? '';
      if ('([{'.includes(text)) depth++;
      if (')]}'.includes(text)) depth = Math.max(0, depth - 1);
      take(digits === null ? 'sign' : 'number', text);
    }
  }
  return tokens;
}

function takeString(cursor: Cursor, tokens: Token[], quoted: string): void {
  const quote = quoted.replace(/^[a-z]+/i, '');
  tokens.push({ kind: 'string', text: quote, ...cursor.place });
  cursor.advance(quoted.length);
  // In a raw text too a backslash keeps the quote behind it from ending the text.
  cursor.skipText(quote, quote.length === 1 ? '\n' : null);
}
