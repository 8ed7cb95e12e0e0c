import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HostError } from '../errors.ts';
import { workspacePaths } from '../paths.ts';
import { askHidden } from './ask-hidden.ts';
import type { Context } from './context.ts';
import type { Declared } from './runtime.ts';

export type SecretStore = InstanceType<Declared['SecretStore']>;

export async function openSecretStore(context: Context, root: string): Promise<SecretStore> {
  const { SecretStore: Store } = await context.doors.declared();
  return new Store(workspacePaths(root).secretsDir, { env: context.io.env });
}

/** Three tries; an empty answer gives up. Throws SECRETS_LOCKED. */
export async function askToUnlock(
  store: Pick<SecretStore, 'unlock'>,
  message = 'The passphrase of the secrets:',
): Promise<string> {
  for (let tries = 1; ; tries++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const passphrase = await askHidden(message);
    if (passphrase === '') throw new HostError('SECRETS_LOCKED', 'The secrets stay locked.');
    try {
      // oxlint-disable-next-line no-await-in-loop
      await store.unlock(passphrase);
      return passphrase;
    } catch (error) {
      const isWrong = error instanceof HostError && error.details['reason'] === 'wrong';
      if (!isWrong || tries === 3) throw error;
    }
  }
}

/**
 * The passphrase a host begins with, asked for in a terminal where secrets are locked and nothing else gives
 * it. An empty answer is none: what needs them has to do without.
 */
export function passphraseForHost(context: Context, root: string): Promise<HostPassphrase> {
  let asked = askedAlready.get(context);
  if (asked === undefined) {
    asked = askForHost(context, root);
    askedAlready.set(context, asked);
  }
  return asked;
}

export interface HostPassphrase {
  secretsPassphrase?: string;
  isLocked: boolean;
}

/** A command asks once. */
const askedAlready = new WeakMap<Context, Promise<HostPassphrase>>();

async function askForHost(context: Context, root: string): Promise<HostPassphrase> {
  if (!existsSync(join(workspacePaths(root).secretsDir, 'secrets.json')))
    return { isLocked: false };
  const store = await openSecretStore(context, root);
  // What is wrong with the file is told by whoever needs a value of it.
  const state = await store.state().catch(() => null);
  if (state === null || state.count === 0) return { isLocked: false };
  context.say(...state.warnings.map((text) => context.talkStyle.yellow(`warning: ${text}`)));
  if (!state.isLocked) return { isLocked: false };
  if (!context.canAsk) return { isLocked: true };
  try {
    const message = 'The passphrase of the secrets (empty: go on without them):';
    return { secretsPassphrase: await askToUnlock(store, message), isLocked: false };
  } catch (error) {
    if (error instanceof HostError && error.code === 'SECRETS_LOCKED') return { isLocked: true };
    throw error;
  }
}
