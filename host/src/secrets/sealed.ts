import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';

/** A value under AES-256-GCM, in base64. */
export interface Sealed {
  nonce: string;
  data: string;
  tag: string;
}

export const keyBytes = 32;

export const newKey = (): Buffer => randomBytes(keyBytes);

/** `about` is not hidden, but belongs to the value: opened as about anything else, it does not open. */
export function seal(key: Buffer, value: Buffer, about: readonly string[]): Sealed {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(JSON.stringify(about)));
  const data = Buffer.concat([cipher.update(value), cipher.final()]);
  const base64 = (bytes: Buffer): string => bytes.toString('base64');
  return { nonce: base64(nonce), data: base64(data), tag: base64(cipher.getAuthTag()) };
}

/** Null when the key is another, or the value, or what it is about, was changed. */
export function unseal(key: Buffer, sealed: Sealed, about: readonly string[]): Buffer | null {
  const [nonce, data, tag] = [sealed.nonce, sealed.data, sealed.tag].map((text) =>
    Buffer.from(text, 'base64'),
  );
  if (nonce?.length !== 12 || tag?.length !== 16 || data === undefined) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  decipher.setAAD(Buffer.from(JSON.stringify(about)));
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(data), decipher.final()]);
  } catch {
    return null;
  }
}

/** How a key is made of a passphrase; kept beside what it protects. */
export interface Stretching {
  salt: string;
  n: number;
  r: number;
  p: number;
}

/** Most of a second and 128 MiB for each guess. */
export const newStretching = (): Stretching => ({
  salt: randomBytes(16).toString('base64'),
  n: 2 ** 17,
  r: 8,
  p: 1,
});

/** What a file may ask for; more would be an attack on the machine that reads it. */
export const isBearable = ({ n, r, p }: Stretching): boolean =>
  Number.isInteger(Math.log2(n)) &&
  n >= 2 ** 10 &&
  n <= 2 ** 20 &&
  r >= 1 &&
  r <= 16 &&
  p >= 1 &&
  p <= 4;

const derive = promisify(
  (
    passphrase: Buffer,
    salt: Buffer,
    cost: { N: number; r: number; p: number; maxmem: number },
    done: (error: Error | null, key: Buffer) => void,
  ) => scrypt(passphrase, salt, keyBytes, cost, done),
);

export function keyOf(passphrase: string, { salt, n, r, p }: Stretching): Promise<Buffer> {
  // The same word is spelled in two ways by two keyboards.
  const typed = Buffer.from(passphrase.normalize('NFC'), 'utf8');
  return derive(typed, Buffer.from(salt, 'base64'), { N: n, r, p, maxmem: 256 * n * r });
}
