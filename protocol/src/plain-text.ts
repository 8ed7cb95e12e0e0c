const { Buffer, isAscii } = process.getBuiltinModule('node:buffer');

const quote = 0x22;
const backslash = 0x5c;

/**
 * Whether these bytes, between two quotes, are the JSON of just that text: ASCII without a quote, a backslash or
 * a control character. Said of a megabyte in a fraction of the time that reading or writing it as JSON takes.
 * False as well where it cannot be said so fast.
 */
export function isPlainText(bytes: Buffer): boolean {
  return (
    isAscii(bytes) &&
    bytes.indexOf(quote) < 0 &&
    bytes.indexOf(backslash) < 0 &&
    hasNoControl(bytes)
  );
}

/** Four at a time: a byte below 0x20 is one from which 0x20 cannot be taken without borrowing. */
function hasNoControl(bytes: Buffer): boolean {
  if (bytes.byteOffset % 4 !== 0) return hasNoControl(Buffer.from(bytes));
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as number;
    if (((word - 0x20202020) & ~word & 0x80808080) !== 0) return false;
  }
  return bytes.subarray(words.length * 4).every((byte) => byte >= 0x20);
}
