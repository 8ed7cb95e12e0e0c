/** Why a text cannot be a holder's name, a purpose or the name of a thing; null when it can. */
export function labelProblem(
  what: string,
  text: unknown,
): { code: 'LABEL_INVALID'; reason: string; hint: string } | null {
  const refuse = (why: string, hint: string) =>
    ({ code: 'LABEL_INVALID', reason: `${what} ${why}`, hint }) as const;
  if (typeof text !== 'string') return refuse('is no text', 'Write a text.');
  if (text.trim() === '') return refuse('is empty', 'Say it in a few words.');
  if (text.length > longest) {
    return refuse(
      `has ${text.length} characters`,
      `Use ${longest} at most; what has to be longer belongs in a file.`,
    );
  }
  const found = forbidden.exec(text)?.[0];
  if (found !== undefined) {
    const where = `${codeOf(found)} at character ${text.indexOf(found) + 1}`;
    return refuse(`has ${where}, ${kindOf(found)}`, 'Write it in one line of ordinary characters.');
  }
  if (!text.isWellFormed()) {
    return refuse('has half a character in it, a lone surrogate', 'Write it in valid Unicode.');
  }
  return null;
}

const longest = 200;
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const forbidden = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

function kindOf(character: string): string {
  return /[\n\r\u0085\u2028\u2029]/.test(character) ? 'which breaks a line' : 'a control character';
}
