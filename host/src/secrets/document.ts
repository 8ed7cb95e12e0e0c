import { HostError } from '../errors.ts';
import { isBearable, type Sealed, type Stretching } from './sealed.ts';

/** How the key to the values is kept from whoever has the file. */
export type Protection =
  | { kind: 'keychain'; keychain: string; key: Sealed }
  | { kind: 'passphrase'; stretching: Stretching; key: Sealed }
  | { kind: 'plain' };

export type StoredValue = Sealed | { plain: string };

/** `.capstan/secrets/secrets.json`. Names are for everyone to read who can read the file, values are not. */
export interface SecretsDocument {
  capstan_secrets: 1;
  /** Made once; names the key in a keychain. */
  id: string;
  protection: Protection;
  values: { [capability: string]: { [name: string]: StoredValue } };
}

/** Throws SECRETS_UNREADABLE, with what is wrong and how to go on; the file stays as it is. */
export function parseSecrets(text: string, file: string): SecretsDocument {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw damaged(file, text.trim() === '' ? 'it is empty' : 'it is no JSON');
  }
  if (!isObject(parsed)) throw damaged(file, 'it is no object');
  const { capstan_secrets: version, id, protection, values } = parsed;
  if (typeof version === 'number' && version > 1) throw newer(file, version);
  if (version !== 1) throw damaged(file, 'it does not say that it is a file of secrets');
  if (typeof id !== 'string' || id === '') throw damaged(file, 'it has no `id`');
  if (!isProtection(protection)) throw damaged(file, 'its `protection` cannot be understood');
  if (!isObject(values)) throw damaged(file, 'it has no `values`');
  const isValue = protection.kind === 'plain' ? isPlain : isSealed;
  for (const [capability, named] of Object.entries(values)) {
    if (!isObject(named)) throw damaged(file, `the values of ${capability} are no object`);
    const wrong = Object.keys(named).find((name) => !isValue(named[name]));
    if (wrong !== undefined) throw damaged(file, `the value of ${wrong} for ${capability} is none`);
  }
  return parsed as unknown as SecretsDocument;
}

type Members = { [name: string]: unknown };

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSealed = (value: unknown): value is Sealed =>
  isObject(value) && ['nonce', 'data', 'tag'].every((name) => typeof value[name] === 'string');

const isPlain = (value: unknown): boolean => isObject(value) && typeof value['plain'] === 'string';

function isProtection(value: unknown): value is Protection {
  if (!isObject(value)) return false;
  const { kind, key, keychain, stretching } = value;
  if (kind === 'plain') return true;
  if (kind === 'keychain') return typeof keychain === 'string' && isSealed(key);
  return kind === 'passphrase' && isSealed(key) && isStretching(stretching);
}

function isStretching(value: unknown): boolean {
  if (!isObject(value) || typeof value['salt'] !== 'string') return false;
  const { n, r, p } = value;
  if (typeof n !== 'number' || typeof r !== 'number' || typeof p !== 'number') return false;
  return isBearable({ salt: value['salt'], n, r, p });
}

export const damaged = (file: string, why: string): HostError =>
  new HostError(
    'SECRETS_UNREADABLE',
    `The file of the secrets cannot be used: ${why}. It stays as it is: ${file}`,
    {
      hint: `Put back a copy of it, or move it away and set the secrets again: mv '${file}' '${file}.damaged'`,
      details: { file, why },
    },
  );

const newer = (file: string, version: number): HostError =>
  new HostError(
    'SECRETS_UNREADABLE',
    `The file of the secrets was written by a newer Capstan (its format is ${version}, this one knows 1): ${file}`,
    { hint: 'Update Capstan.', details: { file, version } },
  );
