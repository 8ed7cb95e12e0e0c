import { HostError, messageOf } from '../errors.ts';
import type { Protection, SecretsDocument } from './document.ts';
import { findKeychain, type Keychain } from './keychain.ts';
import { givenPassphrase } from './passphrase.ts';
import { keyOf, newKey, newStretching, seal, type Stretching, unseal } from './sealed.ts';

export type ProtectionChoice =
  | { kind: 'keychain' }
  | { kind: 'passphrase'; passphrase: string }
  | { kind: 'plain' };

type Environment = { readonly [name: string]: string | undefined };

/**
 * The key that values are sealed with, once it is known. In the file it lies wrapped: by a key that the
 * keychain keeps, or by one that is made of a passphrase.
 */
export class KeyRing {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  warnings: string[] = [];
  #known: { wrapped: string; key: Buffer } | null = null;
  #asking: { wrapped: string; key: Promise<Buffer> } | null = null;
  #given: Promise<string | null> | null = null;

  constructor(env: Environment, platform: NodeJS.Platform) {
    this.env = env;
    this.platform = platform;
  }

  /** Whether a key is known, or there is somebody to ask for it but a person. */
  mayOpen(document: SecretsDocument): boolean {
    if (document.protection.kind !== 'passphrase') return true;
    const isGiven =
      this.env['CAPSTAN_SECRETS_PASSPHRASE_FILE'] || this.env['CAPSTAN_SECRETS_PASSPHRASE_FD'];
    return this.#known?.wrapped === wrappedIn(document.protection) || Boolean(isGiven);
  }

  /** Null for values that are not sealed. Throws SECRETS_LOCKED. */
  async keyTo(document: SecretsDocument): Promise<Buffer | null> {
    const { protection } = document;
    if (protection.kind === 'plain') return null;
    const wrapped = wrappedIn(protection);
    if (this.#known?.wrapped === wrapped) return this.#known.key;
    // Workers that start together ask once: a passphrase takes most of a second and much memory.
    if (this.#asking?.wrapped !== wrapped) {
      const key = this.#ask(document, protection).finally(() => (this.#asking = null));
      this.#asking = { wrapped, key };
    }
    const key = await this.#asking.key;
    this.#known = { wrapped, key };
    return key;
  }

  async unlock(document: SecretsDocument, passphrase: string): Promise<void> {
    const { protection } = document;
    if (protection.kind !== 'passphrase') return;
    const key = await byPassphrase(document, protection.stretching, passphrase);
    this.#known = { wrapped: wrappedIn(protection), key };
  }

  remember({ protection }: SecretsDocument, key: Buffer | null): void {
    if (key !== null && protection.kind !== 'plain') {
      this.#known = { wrapped: wrappedIn(protection), key };
    }
  }

  /** What nothing opens any more; a keychain that does not answer may keep it. */
  async forgetKeyOf({ id, protection }: SecretsDocument): Promise<void> {
    if (protection.kind !== 'keychain') return;
    const keychain = await findKeychain(this.env, this.platform);
    await keychain?.remove(id).catch(() => {});
  }

  async #ask(
    document: SecretsDocument,
    protection: Exclude<Protection, { kind: 'plain' }>,
  ): Promise<Buffer> {
    if (protection.kind === 'keychain') return this.#byKeychain(document, protection.keychain);
    this.#given ??= givenPassphrase(this.env).then((found) => {
      this.warnings = found?.warnings ?? [];
      return found?.passphrase ?? null;
    });
    const passphrase = await this.#given.catch((error: unknown) => {
      this.#given = null;
      throw error;
    });
    if (passphrase === null) {
      this.#given = null;
      throw locked('The secrets are locked: their passphrase is not known here.');
    }
    return byPassphrase(document, protection.stretching, passphrase);
  }

  async #byKeychain(document: SecretsDocument, name: string): Promise<Buffer> {
    const { id, protection } = document;
    const keychain = await findKeychain(this.env, this.platform);
    if (keychain === null || keychain.name !== name) {
      throw locked(
        `The secrets are locked: their key is in a keychain (${name}) that is not on this machine.`,
        'Set them up anew here: move .capstan/secrets away, and run `capstan secret init`.',
      );
    }
    const wrapping = await keychain.read(id).catch((error: unknown) => {
      throw locked(
        `The secrets are locked: ${keychain.title} did not give their key (${messageOf(error)}).`,
        'Log in to a session of the desktop, or unlock the keychain; or move the secrets to a passphrase there: capstan secret init --passphrase',
      );
    });
    const key =
      wrapping === null || protection.kind !== 'keychain'
        ? null
        : unseal(Buffer.from(wrapping, 'hex'), protection.key, wrapOf(id, 'keychain'));
    if (key !== null) return key;
    throw locked(
      `The secrets are locked: ${keychain.title} ${wrapping === null ? 'has no key for them' : 'has another key'}.`,
      'They cannot be read without it. Move .capstan/secrets away, run `capstan secret init`, and set them again.',
    );
  }
}

/** A new key and how it is kept. Throws SECRETS_LOCKED when the keychain does not keep what it is given. */
export async function protect(
  choice: ProtectionChoice,
  id: string,
  { env, platform }: Pick<KeyRing, 'env' | 'platform'>,
): Promise<{ protection: Protection; key: Buffer | null }> {
  if (choice.kind === 'plain') return { protection: { kind: 'plain' }, key: null };
  const key = newKey();
  if (choice.kind === 'passphrase') {
    const stretching = newStretching();
    const wrapping = await keyOf(choice.passphrase, stretching);
    const wrapped = seal(wrapping, key, wrapOf(id, 'passphrase'));
    return { protection: { kind: 'passphrase', stretching, key: wrapped }, key };
  }
  const keychain = await findKeychain(env, platform);
  if (keychain === null) throw noKeychain(platform);
  const wrapping = newKey();
  await mustKeep(keychain, id, wrapping.toString('hex'));
  const wrapped = seal(wrapping, key, wrapOf(id, 'keychain'));
  return { protection: { kind: 'keychain', keychain: keychain.name, key: wrapped }, key };
}

/** Some say yes and keep nothing, so what was given is asked for. */
async function mustKeep(keychain: Keychain, id: string, key: string): Promise<void> {
  const why = await keychain
    .write(id, key)
    .then(() => keychain.read(id))
    .then((kept) => (kept === key ? null : 'it did not keep what it was given'), messageOf);
  if (why === null) return;
  await keychain.remove(id).catch(() => {});
  throw locked(
    `A key cannot be kept in ${keychain.title}: ${why}.`,
    'Use a passphrase instead: capstan secret init --passphrase',
  );
}

/** Whether there is a keychain here that keeps what it is given; tried with a key of its own. */
export async function hasKeychain(env: Environment, platform: NodeJS.Platform): Promise<boolean> {
  const keychain = await findKeychain(env, platform);
  if (keychain === null) return false;
  const id = `trial-${process.pid}`;
  const isKept = await mustKeep(keychain, id, newKey().toString('hex')).then(
    () => true,
    () => false,
  );
  if (isKept) await keychain.remove(id).catch(() => {});
  return isKept;
}

async function byPassphrase(
  { id, protection }: SecretsDocument,
  stretching: Stretching,
  passphrase: string,
): Promise<Buffer> {
  const wrapping = await keyOf(passphrase, stretching);
  const key =
    protection.kind === 'passphrase'
      ? unseal(wrapping, protection.key, wrapOf(id, 'passphrase'))
      : null;
  if (key !== null) return key;
  throw locked('The secrets stay locked: the passphrase is wrong.', undefined, 'wrong');
}

const wrapOf = (id: string, kind: Protection['kind']): string[] => [
  'capstan secrets key',
  id,
  kind,
];

const wrappedIn = (protection: Exclude<Protection, { kind: 'plain' }>): string =>
  protection.key.tag + protection.key.data;

function locked(message: string, hint = howToUnlock, reason = 'locked'): HostError {
  return new HostError('SECRETS_LOCKED', message, { hint, details: { reason } });
}

const howToUnlock =
  'Run `capstan secret unlock` for a host that is up; for other commands name a file that holds the passphrase in CAPSTAN_SECRETS_PASSPHRASE_FILE.';

const noKeychain = (platform: NodeJS.Platform): HostError =>
  locked(
    platform === 'win32'
      ? 'On Windows no keychain is used.'
      : `There is no keychain here: the program ${platform === 'darwin' ? 'security' : 'secret-tool'} was not found.`,
    'Use a passphrase instead: capstan secret init --passphrase',
  );

/** Said on every use. */
export const whatIsPlain = (file: string): string =>
  `Secrets are kept unencrypted in ${file}: backups and whoever reads your files have them. \`capstan secret init --passphrase\` encrypts them.`;
