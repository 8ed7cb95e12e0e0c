// An `import` of this module reads all that it exports, web cryptography among it: as long as ten files of ours.
const { randomFillSync } = process.getBuiltinModule('node:crypto');

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const randomLength = 9;

/**
 * A new id such as `job_01k3q8w2c7x9f4bn5t`: 9 characters of time, so that ids sort by age, then 9 of
 * randomness (45 bits), in Crockford's base 32, lower case.
 */
export function newId(
  prefix: 'job' | 'run' | 'evt' | 'wrk' | 'call' | 'host' | 'lse' | 'spn',
  nowMs = Date.now(),
): string {
  let time = '';
  for (let rest = nowMs, i = 0; i < 9; i++, rest = Math.floor(rest / 32)) {
    time = alphabet.charAt(rest % 32) + time;
  }
  return `${prefix}_${time}${randomCharacters()}`;
}

/** Drawn for many ids at once: asking the system for nine bytes takes longer than all the rest of an id. */
const drawn = new Uint8Array(randomLength * 256);
let nextDrawn = drawn.length;

function randomCharacters(): string {
  if (nextDrawn === drawn.length) {
    randomFillSync(drawn);
    nextDrawn = 0;
  }
  let text = '';
  const end = nextDrawn + randomLength;
  for (; nextDrawn < end; nextDrawn++) text += alphabet.charAt((drawn[nextDrawn] ?? 0) & 31);
  return text;
}
