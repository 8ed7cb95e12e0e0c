/**
 * A text with one kind of escapes undone, which knows where each of its characters stood. Programs write the
 * same value as `p%40ss`, `p\u0040ss`, `p\x40ss` or `p&#64;ss`, wholly or in part, once or twice over; a
 * value is looked for in each of these views, and taken out of the text itself.
 */
export interface View {
  text: string;
  /** Where in the text itself a character began; or, behind the last one, where that ended. */
  origin: (at: number) => number;
}

/**
 * The text, and each view of it that differs. `hasBackslash`: what is looked for has one, and there are
 * programs that escape other characters, but not the backslash.
 */
export function* viewsOf(text: string, hasBackslash = false): Generator<View> {
  const whole: View = { text, origin: (at) => at };
  yield whole;
  const known = hasBackslash ? [...writings, numbersOnly] : writings;
  if (known.some(({ mark }) => text.includes(mark))) {
    yield* viewsBelow(whole, deepest, known, new Set([text]));
  }
}

/** JSON in a JSON text in a log record's line: escaped three times over. */
const deepest = 3;

function* viewsBelow(
  view: View,
  depth: number,
  known: readonly Writing[],
  seen: Set<string>,
): Generator<View> {
  if (depth === 0) return;
  for (const { mark, escapes, undo } of known) {
    if (!view.text.includes(mark)) continue;
    const undone = undoneIn(view, escapes, undo);
    // Two kinds of escapes that have nothing to do with each other are undone in either order, to the same end.
    if (undone === null || seen.has(undone.text)) continue;
    seen.add(undone.text);
    yield undone;
    yield* viewsBelow(undone, depth - 1, known, seen);
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

function undoneIn(view: View, escapes: RegExp, undo: Writing['undo']): View | null {
  const { text } = view;
  const parts: string[] = [];
  // From each of these places on, the two texts go along with each other until the next.
  const here: number[] = [0];
  const there: number[] = [0];
  let length = 0;
  let read = 0;
  escapes.lastIndex = 0;
  for (let found = escapes.exec(text); found !== null; found = escapes.exec(text)) {
    const character = undo(found);
    parts.push(text.slice(read, found.index), character);
    length += found.index - read;
    here.push(length, length + character.length);
    there.push(found.index, escapes.lastIndex);
    length += character.length;
    read = escapes.lastIndex;
  }
  if (parts.length === 0) return null;
  parts.push(text.slice(read));
  return { text: parts.join(''), origin: (at) => view.origin(placeThere(at, here, there)) };
}

/** The last place that is not behind `at` says how far the two are apart there. */
function placeThere(at: number, here: readonly number[], there: readonly number[]): number {
  let low = 0;
  let high = here.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((here[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return (there[low] ?? 0) + at - (here[low] ?? 0);
}
