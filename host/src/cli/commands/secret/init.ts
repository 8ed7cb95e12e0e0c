import { HostError } from '../../../errors.ts';
import { askNewPassphrase } from '../../ask-hidden.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { ProtectionChoice } from '../../runtime.ts';
import { chooseProtection, protectionText, sayWarnings, tellHost } from '../../secret-store.ts';
import { askToUnlock, openSecretStore } from '../../unlocking.ts';
import { requireWorkspace } from '../../workspace.ts';

export interface InitOptions {
  keychain?: boolean;
  passphrase?: boolean;
  plain?: boolean;
}

export async function initSecrets(context: Context, options: InitOptions): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const store = await openSecretStore(context, root);
  const { protection, isLocked, count } = await store.state();
  const isNamed = Object.values(options).some(Boolean);
  if (protection !== 'none' && !isNamed) throw alreadyKept(protection);
  if (isLocked && count > 0 && context.canAsk) {
    await askToUnlock(store, 'The passphrase they are under now:');
  }
  const choice = await chosen(context, options);
  const { moved } = await store.init(choice);
  await sayWarnings(context, store);
  // A host that was unlocked by the old passphrase is locked out by the new one.
  const told =
    choice.kind === 'passphrase'
      ? await tellHost(root, (host) => host.unlockSecrets(choice.passphrase))
      : null;
  if (context.json) context.printJson({ protection: choice.kind, moved, host: told });
  else {
    const much = moved === 0 ? '' : ` ${moved === 1 ? 'One was' : `${moved} were`} moved.`;
    context.print(`${protectionText[choice.kind]}${much}`);
  }
  return 0;
}

async function chosen(context: Context, options: InitOptions): Promise<ProtectionChoice> {
  if (options.plain === true) return { kind: 'plain' };
  if (options.keychain === true) return { kind: 'keychain' };
  if (options.passphrase !== true) return chooseProtection(context);
  if (context.canAsk) return { kind: 'passphrase', passphrase: await askNewPassphrase() };
  const { stdin } = context.io;
  const [line = ''] = stdin.isTTY ? [] : (await stdin.text()).split(/\r?\n/);
  if (line !== '') return { kind: 'passphrase', passphrase: line };
  const { givenPassphrase } = await context.doors.declared();
  const given = await givenPassphrase(context.io.env);
  if (given !== null) return { kind: 'passphrase', passphrase: given.passphrase };
  throw new HostError('USAGE', 'There is no passphrase: nobody to ask, and nothing on stdin.', {
    hint: 'Give it in one line on stdin, or name a file in CAPSTAN_SECRETS_PASSPHRASE_FILE.',
  });
}

const alreadyKept = (protection: 'keychain' | 'passphrase' | 'plain'): HostError =>
  new HostError('USAGE', `${protectionText[protection]} Nothing was changed.`, {
    hint: 'Say what to change it to: --keychain, --passphrase (also for another passphrase) or --plain.',
  });
