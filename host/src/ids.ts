import { randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A new id such as `job_01k3q8w2c7x9f4bn5t`: 9 characters of time, so that ids sort by age, then 9 of
 * randomness (45 bits), in Crockford's base 32, lower case.
 */
export function newId(
  prefix: 'job' | 'run' | 'evt' | 'wrk' | 'call' | 'host',
  nowMs = Date.now(),
): string {
  let time = '';
  for (let rest = nowMs, i = 0; i < 9; i++, rest = Math.floor(rest / 32)) {
    time = alphabet.charAt(rest % 32) + time;
  }
  let random = '';
  for (const byte of randomBytes(9)) random += alphabet.charAt(byte & 31);
  return `${prefix}_${time}${random}`;
}
