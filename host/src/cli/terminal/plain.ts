// An `import` of this module reads all that it exports: threads, sockets, a differ.
const { stripVTControlCharacters } = process.getBuiltinModule('node:util');

/** C0 and C1 controls but tab and newline, and the marks that turn the reading direction around. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text of a tool, made safe to show: no colours, cursor movements, titles or clipboard writes can reach
 * the user's terminal. Newlines and tabs stay.
 */
export function plain(text: string): string {
  return stripVTControlCharacters(text.replaceAll('\r\n', '\n')).replace(unprintable, '');
}

/** The same on one line: every run of white space becomes one space. */
export function oneLine(text: string): string {
  return plain(text.replaceAll('\r', '\n')).replace(/\s+/g, ' ').trim();
}

/** A reason that may be half a sentence, as one. */
export const asSentence = (reason: string): string =>
  /[.!?]$/.test(reason) ? reason : `${reason}.`;
