import { HostError } from '../errors.ts';
import type { HostSurface } from '../http/surface.ts';
import { askNewPassphrase } from './ask-hidden.ts';
import type { Context } from './context.ts';
import { isHostRunning, isLost, openClient } from './host-client/index.ts';
import type { ProtectionChoice } from './runtime.ts';
import { askToUnlock, openSecretStore, passphraseForHost, type SecretStore } from './unlocking.ts';

export async function sayWarnings(context: Context, store: SecretStore): Promise<string[]> {
  const warnings = await store.warnings();
  context.say(...warnings.map((text) => context.talkStyle.yellow(`warning: ${text}`)));
  return warnings;
}

/**
 * Sets the store up as well as this machine can: in its keychain, else under a passphrase. Without encryption
 * only by `capstan secret init --plain`. Throws SECRETS_LOCKED when nobody is there to give a passphrase.
 */
export async function chooseProtection(context: Context): Promise<ProtectionChoice> {
  const { givenPassphrase, hasKeychain } = await context.doors.declared();
  if (await hasKeychain(context.io.env, process.platform)) return { kind: 'keychain' };
  const given = await givenPassphrase(context.io.env);
  if (given !== null) return { kind: 'passphrase', passphrase: given.passphrase };
  if (context.canAsk) return { kind: 'passphrase', passphrase: await askNewPassphrase() };
  throw new HostError(
    'SECRETS_LOCKED',
    'Secrets are kept encrypted, and there is neither a keychain here nor a passphrase, nor anybody to ask for one.',
    {
      hint: 'Run `capstan secret init` in a terminal, or name a file that holds a passphrase in CAPSTAN_SECRETS_PASSPHRASE_FILE. `capstan secret init --plain` keeps them unencrypted.',
    },
  );
}

/** A store that can be written to. */
export async function readyStore(context: Context, root: string): Promise<SecretStore> {
  const store = await openSecretStore(context, root);
  const { protection, isLocked } = await store.state();
  if (protection === 'none') {
    const choice = await chooseProtection(context);
    await store.init(choice);
    context.say(context.talkStyle.dim(protectionText[choice.kind]));
  } else if (isLocked && context.canAsk) await askToUnlock(store);
  return store;
}

export const protectionText = {
  none: 'Nothing was set up yet.',
  keychain: 'Secrets are kept encrypted, their key in the keychain of the system.',
  passphrase: 'Secrets are kept encrypted, under a passphrase.',
  plain: 'Secrets are kept unencrypted.',
};

/** Asks for the passphrase, if it is wanted, before a picture is drawn that the question would disturb. */
export async function askBeforeDrawing(context: Context, root: string): Promise<void> {
  if (context.canAsk && !(await isHostRunning(root))) await passphraseForHost(context, root);
}

/**
 * Has the host that is up, if one is, start the loaded workers of a capability anew. The secret is set or gone
 * by then, whatever comes of that, so that is a warning.
 */
export async function tellOfChange(
  context: Context,
  root: string,
  capability: string,
  restart: boolean,
): Promise<{ host: number | null; warnings: string[] }> {
  if (!restart) return { host: null, warnings: [] };
  try {
    return { host: await tellHost(root, (host) => host.secretsChanged(capability)), warnings: [] };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const warning = `Workers of ${capability} that were up could not be started anew: ${error.message}`;
    context.say(context.talkStyle.yellow(`warning: ${warning}`));
    return { host: null, warnings: [warning] };
  }
}

/** Tells the host that is up, if one is; answers with its process, null where there was none. */
export async function tellHost(
  root: string,
  tell: (host: HostSurface) => Promise<void>,
): Promise<number | null> {
  const found = await openClient(root);
  if (found.kind === 'nobody') return null;
  try {
    await tell(found.client.host);
    return found.client.pid;
  } catch (error) {
    if (isLost(error)) return null;
    throw error;
  } finally {
    found.client.close();
  }
}
