/**
 * The ways in which a secret's value may turn up in text, apart from escapes, which `views.ts` undoes: as it
 * is, as bytes in hex, decimal or base64.
 *
 * Base64 works on three bytes at a time, so a value inside something longer looks different at each of the
 * three places where it can begin. Of each, the characters are wanted that depend on the value alone.
 */
export function spellingsOf(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const spellings = new Set<string>(plainSpellings(value, bytes));
  for (const spelling of [...hexOf(bytes), ...base64Of(bytes), ...decimalOf(bytes)]) {
    if (spelling.length >= shortestDerived) spellings.add(spelling);
  }
  return [...spellings].filter((spelling) => spelling.length >= shortestSearched);
}

/** Anything shorter stands in too much innocent text. */
export const shortestSearched = 4;
/** What is derived of a very short value is no longer its own. */
const shortestDerived = 5;
/** A line of a longer value, such as a key in PEM, that is a secret by itself. */
const shortestLine = 12;

function plainSpellings(value: string, bytes: Buffer): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  // What reads bytes one by one, or undoes their escapes one by one, makes this of them.
  const byBytes = bytes.toString('latin1');
  return [
    value,
    byBytes,
    value.trim(),
    byBytes.trim(),
    // As in the body of a form.
    value.replaceAll(' ', '+'),
    byBytes.replaceAll(' ', '+'),
    ...(lines.length > 1
      ? lines.filter((line) => line.length >= shortestLine && !line.startsWith('-----'))
      : []),
  ];
}

function hexOf(bytes: Buffer): string[] {
  const hex = bytes.toString('hex');
  const pairs = hex.match(/../g) ?? [];
  return [hex, ...[' ', ':', '-', ', 0x', ',0x'].map((between) => pairs.join(between))].flatMap(
    (spelling) => [spelling, spelling.toUpperCase().replaceAll('0X', '0x')],
  );
}

function base64Of(bytes: Buffer): string[] {
  const found = [bytes.toString('base64'), bytes.toString('base64url')];
  for (const before of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64url');
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor(((before + bytes.length) * 8) / 6);
    const own = padded.slice(from, to);
    found.push(own, own.replaceAll('-', '+').replaceAll('_', '/'));
  }
  // As mail and PEM break it: each whole line.
  for (const width of [64, 76]) {
    const whole = bytes.toString('base64');
    if (whole.length > width) found.push(...(whole.match(new RegExp(`.{1,${width}}`, 'g')) ?? []));
  }
  return found;
}

/** A list of bytes, as JSON and most languages print it. */
const decimalOf = (bytes: Buffer): string[] => [
  Array.from(bytes).join(','),
  Array.from(bytes).join(', '),
];
