import { HostError } from '../../../errors.ts';
import { readHidden } from '../../ask-hidden.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { protectionText, tellHost } from '../../secret-store.ts';
import { askToUnlock, openSecretStore } from '../../unlocking.ts';
import { requireWorkspace } from '../../workspace.ts';

export async function unlockSecrets(context: Context): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const store = await openSecretStore(context, root);
  const { protection } = await store.state();
  if (protection !== 'passphrase') {
    throw new HostError('SECRETS_LOCKED', `${protectionText[protection]} There is no passphrase.`, {
      hint: '`capstan secret init --passphrase` puts them under one.',
    });
  }
  // Refused before anybody types a passphrase for nothing.
  if ((await tellHost(root, async () => {})) === null) throw nobody();
  const passphrase = context.canAsk
    ? await askToUnlock(store)
    : await readHidden(context, 'The passphrase of the secrets:');
  const pid = await tellHost(root, (host) => host.unlockSecrets(passphrase));
  if (pid === null) throw nobody();
  if (context.json) context.printJson({ unlocked: true, host: pid });
  else context.print(`The secrets are unlocked for the host (process ${pid}).`);
  return 0;
}

const nobody = (): HostError =>
  new HostError('SECRETS_LOCKED', 'No host is up here, so there is nobody to unlock them for.', {
    hint: '`capstan up` asks for the passphrase when it starts; so does `capstan run` in a terminal.',
  });
