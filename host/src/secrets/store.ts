import { randomUUID } from 'node:crypto';
import { HostError } from '../errors.ts';
import { parseSecrets, type SecretsDocument, type StoredValue } from './document.ts';
import { SecretsFile } from './file.ts';
import { KeyRing, type ProtectionChoice, protect, whatIsPlain } from './key-ring.ts';
import { seal, unseal } from './sealed.ts';

export interface SecretsState {
  /** How values are kept from whoever has the file; `none`: nothing was set up yet. */
  protection: 'none' | 'keychain' | 'passphrase' | 'plain';
  /** How many values there are. */
  count: number;
  /** A passphrase is needed and not known. A keychain is only asked when a value is wanted. */
  isLocked: boolean;
  warnings: string[];
}

export interface SecretStoreOptions {
  env: { readonly [name: string]: string | undefined };
  platform?: NodeJS.Platform;
}

/** More than any key or certificate chain, and less than what a start line should carry. */
const mostBytes = 64 * 1024;

/**
 * The secrets of one workspace, by capability and name. Each value is sealed by itself and belongs to its
 * place: moved to another capability in the file, it does not open. Whoever reads a value asks the file
 * anew, so that what another process has set counts at once.
 *
 * Everything throws SECRETS_UNREADABLE when the file cannot be trusted; what needs a value, SECRETS_LOCKED
 * when there is no key.
 */
export class SecretStore {
  readonly #file: SecretsFile;
  readonly #keys: KeyRing;

  /** `folder`: `secretsDir` of the workspace. */
  constructor(folder: string, { env, platform = process.platform }: SecretStoreOptions) {
    this.#file = new SecretsFile(folder);
    this.#keys = new KeyRing(env, platform);
  }

  async state(): Promise<SecretsState> {
    const found = await this.#read();
    if (found === null) return { protection: 'none', count: 0, isLocked: false, warnings: [] };
    const { document, warnings } = found;
    const names = Object.values(document.values).flatMap((named) => Object.keys(named));
    return {
      protection: document.protection.kind,
      count: names.length,
      isLocked: !this.#keys.mayOpen(document),
      warnings,
    };
  }

  /** The names that are set for a capability; needs no key. */
  async names(capability: string): Promise<string[]> {
    return (await this.all())[capability] ?? [];
  }

  /** The names that are set, by capability; needs no key. */
  async all(): Promise<{ [capability: string]: string[] }> {
    const found = await this.#read();
    return Object.fromEntries(
      Object.entries(found?.document.values ?? {}).map(([capability, named]) => [
        capability,
        Object.keys(named).toSorted(),
      ]),
    );
  }

  /** The value set for a capability, or null. */
  async get(capability: string, name: string): Promise<string | null> {
    const found = await this.#read();
    const stored = found === null ? undefined : valueIn(found.document, capability, name);
    if (found === null || stored === undefined) return null;
    this.#mustBeClosed(found);
    return this.#opened(found.document, capability, name, stored);
  }

  /** Throws VARIABLE_INVALID for a value that no environment variable can have. */
  async set(capability: string, name: string, value: string): Promise<void> {
    mustBeUsable(name, value);
    await this.#change(async (document) => {
      const key = await this.#keys.keyTo(document);
      const stored: StoredValue =
        key === null
          ? { plain: value }
          : seal(key, Buffer.from(value, 'utf8'), placeOf(document, capability, name));
      const { values } = document;
      const named = { ...ownValues(document, capability), ...Object.fromEntries([[name, stored]]) };
      return { ...document, values: { ...values, ...Object.fromEntries([[capability, named]]) } };
    });
  }

  /** Removes one value, or all of a capability; needs no key. Answers the names that are gone. */
  async remove(capability: string, name?: string): Promise<string[]> {
    if (!(await this.names(capability)).some((known) => name === undefined || known === name)) {
      return [];
    }
    const gone: string[] = [];
    await this.#change((document) => {
      const named = Object.entries(ownValues(document, capability));
      const left = named.filter(([known]) => name !== undefined && known !== name);
      gone.push(...named.filter((one) => !left.includes(one)).map(([known]) => known));
      const others = Object.entries(document.values).filter(([known]) => known !== capability);
      const kept = left.length === 0 ? [] : [[capability, Object.fromEntries(left)] as const];
      return Promise.resolve({ ...document, values: Object.fromEntries([...others, ...kept]) });
    });
    return gone;
  }

  /**
   * Sets the store up, or moves everything in it to another protection: another passphrase, a keychain
   * instead. Throws SECRETS_LOCKED when the keychain does not keep what it is given.
   */
  async init(choice: ProtectionChoice): Promise<{ moved: number }> {
    return this.#file.locked(async () => {
      const found = await this.#read();
      const values = found === null ? [] : await this.#everything(found);
      const id = randomUUID();
      const { protection, key } = await protect(choice, id, this.#keys);
      const document: SecretsDocument = { capstan_secrets: 1, id, protection, values: {} };
      for (const { capability, name, value } of values) {
        const sealed =
          key === null
            ? { plain: value }
            : seal(key, Buffer.from(value, 'utf8'), placeOf(document, capability, name));
        const named = { ...ownValues(document, capability), [name]: sealed };
        document.values = Object.fromEntries([
          ...Object.entries(document.values).filter(([known]) => known !== capability),
          [capability, named],
        ]);
      }
      try {
        await this.#write(document);
      } catch (error) {
        await this.#keys.forgetKeyOf(document);
        throw error;
      }
      this.#keys.remember(document, key);
      if (found !== null) await this.#keys.forgetKeyOf(found.document);
      return { moved: values.length };
    });
  }

  /** Opens a store with a passphrase, for as long as this process lives. Throws SECRETS_LOCKED. */
  async unlock(passphrase: string): Promise<void> {
    const found = await this.#read();
    if (found !== null) await this.#keys.unlock(found.document, passphrase);
  }

  /** What is not as safe as it should be; said on every use. */
  async warnings(): Promise<string[]> {
    return (await this.#read())?.warnings ?? [];
  }

  async #read(): Promise<Found | null> {
    const found = await this.#file.read();
    if (found === null) return null;
    const document = parseSecrets(found.text, found.file);
    const plain = document.protection.kind === 'plain' ? [whatIsPlain(found.file)] : [];
    return {
      document,
      loose: found.loose,
      warnings: [...found.loose, ...plain, ...this.#keys.warnings],
    };
  }

  /** Values that others may read are not used before that is put right. */
  #mustBeClosed({ document, loose }: Found): void {
    if (document.protection.kind !== 'plain' || loose.length === 0) return;
    const [first = ''] = loose;
    throw new HostError(
      'SECRETS_UNREADABLE',
      `The secrets are not encrypted, and others may read them: ${this.#file.path}`,
      { hint: first, details: { file: this.#file.path, loose } },
    );
  }

  async #opened(
    document: SecretsDocument,
    capability: string,
    name: string,
    stored: StoredValue,
  ): Promise<string> {
    if ('plain' in stored) return stored.plain;
    const key = await this.#keys.keyTo(document);
    const value = key === null ? null : unseal(key, stored, placeOf(document, capability, name));
    if (value !== null) return value.toString('utf8');
    throw new HostError(
      'SECRETS_UNREADABLE',
      `The value of ${name} for ${capability} is not the one that was set: its place in ${this.#file.path} was changed.`,
      {
        hint: `Set it again: capstan secret set ${capability} ${name}`,
        details: { file: this.#file.path, capability, name },
      },
    );
  }

  async #everything(found: Found) {
    this.#mustBeClosed(found);
    const { document } = found;
    const places = Object.entries(document.values).flatMap(([capability, named]) =>
      Object.entries(named).map(([name, stored]) => ({ capability, name, stored })),
    );
    return Promise.all(
      places.map(async ({ capability, name, stored }) => ({
        capability,
        name,
        value: await this.#opened(document, capability, name, stored),
      })),
    );
  }

  async #change(change: (document: SecretsDocument) => Promise<SecretsDocument>): Promise<void> {
    await this.#file.locked(async () => {
      const found = await this.#read();
      if (found === null) throw notSetUp();
      this.#mustBeClosed(found);
      await this.#write(await change(found.document));
    });
  }

  async #write(document: SecretsDocument): Promise<void> {
    await this.#file.write(`${JSON.stringify(document, null, 2)}\n`);
  }
}

interface Found {
  document: SecretsDocument;
  loose: string[];
  warnings: string[];
}

/** What a value belongs to. */
const placeOf = ({ id }: SecretsDocument, capability: string, name: string): string[] => [
  'capstan secret',
  id,
  capability,
  name,
];

const ownValues = ({ values }: SecretsDocument, capability: string) =>
  Object.hasOwn(values, capability) ? (values[capability] ?? {}) : {};

function valueIn(
  document: SecretsDocument,
  capability: string,
  name: string,
): StoredValue | undefined {
  const named = ownValues(document, capability);
  return Object.hasOwn(named, name) ? named[name] : undefined;
}

function mustBeUsable(name: string, value: string): void {
  const bytes = Buffer.byteLength(value, 'utf8');
  const wrong =
    (value === '' && 'it is empty') ||
    (value.includes('\0') && 'it holds a NUL character, which no variable can') ||
    (!value.isWellFormed() && 'it is no valid text') ||
    (bytes > mostBytes && `it has ${bytes} bytes, and ${mostBytes} are the most`);
  if (wrong === false) return;
  throw new HostError('VARIABLE_INVALID', `The value for ${name} cannot be kept: ${wrong}.`, {
    hint: 'Give the value itself, by prompt or on stdin.',
  });
}

const notSetUp = (): HostError =>
  new HostError('SECRETS_LOCKED', 'No place for secrets has been set up in this workspace.', {
    hint: 'Run `capstan secret init`.',
  });

/** A sentence for people: which value was too short to be taken out of what a tool says. */
export const shortValueWarning = (name: string, value: string): string | null =>
  Array.from(value).length < 8
    ? `The value of ${name} is short: where it turns up encoded in what the tool says, it may not be recognised.`
    : null;
