/**
 * A text with one kind of escapes undone, which knows where each of its characters stood. Programs write the
 * same value as `p%40ss`, `p\u0040ss`, `p\x40ss` or `p&#64;ss`, wholly or in part, once or twice over; a
 * value is looked for in each of these views, and taken out of the text itself.
 */
export interface View {
  text: string;
  /** Where character `i` began in the text itself, and at the end where the last one ended; null: as here. */
  starts: Int32Array | null;
}

/**
 * The text, and each view of it that differs. `hasBackslash`: what is looked for has one, and there are
 * programs that escape other characters, but not the backslash.
 */
export function* viewsOf(text: string, hasBackslash = false): Generator<View> {
  const whole: View = { text, starts: null };
  yield whole;
  yield* viewsBelow(whole, deepest, hasBackslash ? [...writings, numbersOnly] : writings);
}

/** JSON in a JSON text in a log record's line: escaped three times over. */
const deepest = 3;

function* viewsBelow(view: View, depth: number, known: readonly Writing[]): Generator<View> {
  if (depth === 0) return;
  for (const { mark, escapes, undo } of known) {
    if (!view.text.includes(mark)) continue;
    const undone = undoneIn(view, escapes, undo);
    if (undone === null) continue;
    yield undone;
    yield* viewsBelow(undone, depth - 1, known);
  }
}

interface Writing {
  /** Without it, none of the escapes can be there. */
  mark: string;
  escapes: RegExp;
  undo: (escape: RegExpExecArray) => string;
}

const byCode = (digits: string | undefined, radix: number): string => {
  const code = Number.parseInt(digits ?? '', radix);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
};

/** After a backslash, in C, Python, JSON and the shell. */
const letters: { [letter: string]: string } = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\u0007',
  e: '\u001b',
};

const entities: { [name: string]: string } = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};

const writings: readonly Writing[] = [
  {
    mark: '%',
    escapes: /%([0-9A-Fa-f]{2})/g,
    undo: ([, hex]) => byCode(hex, 16),
  },
  {
    mark: '\\',
    escapes:
      /\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|([0-3][0-7]{2})|([\s\S]))/g,
    undo: ([, braced, four, eight, two, octal, other]) => {
      if (octal !== undefined) return byCode(octal, 8);
      if (other !== undefined) return letters[other] ?? other;
      return four === undefined
        ? byCode(braced ?? eight ?? two, 16)
        : String.fromCharCode(Number.parseInt(four, 16));
    },
  },
  // A quote inside of a shell's quotes, where a backslash is only a backslash.
  { mark: `'"'"'`, escapes: /'"'"'/g, undo: () => "'" },
  { mark: `'\\''`, escapes: /'\\''/g, undo: () => "'" },
  {
    mark: '&',
    escapes: /&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/g,
    undo: ([, decimal, hex, name]) =>
      name === undefined
        ? byCode(decimal ?? hex, decimal === undefined ? 16 : 10)
        : (entities[name] ?? ''),
  },
];

const numbersOnly: Writing = {
  mark: '\\',
  escapes: /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2}))/g,
  undo: ([, four, eight, two]) => byCode(four ?? eight ?? two, 16),
};

function undoneIn({ text, starts }: View, escapes: RegExp, undo: Writing['undo']): View | null {
  const parts: string[] = [];
  const origin = (at: number): number => starts?.[at] ?? at;
  const places = new Int32Array(text.length + 1);
  let length = 0;
  let read = 0;
  const keep = (to: number): void => {
    parts.push(text.slice(read, to));
    for (; read < to; read++) places[length++] = origin(read);
  };
  escapes.lastIndex = 0;
  for (let found = escapes.exec(text); found !== null; found = escapes.exec(text)) {
    keep(found.index);
    const character = undo(found);
    parts.push(character);
    for (let unit = 0; unit < character.length; unit++) places[length++] = origin(found.index);
    read = escapes.lastIndex;
  }
  if (parts.length === 0) return null;
  keep(text.length);
  places[length] = origin(text.length);
  return { text: parts.join(''), starts: places.subarray(0, length + 1) };
}
