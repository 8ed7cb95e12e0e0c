import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { sayWarnings, tellOfChange } from '../../secret-store.ts';
import { openSecretStore } from '../../unlocking.ts';
import { requireWorkspace } from '../../workspace.ts';

export interface RemoveOptions {
  all?: boolean;
  restart?: boolean;
}

export async function removeSecret(
  context: Context,
  capability: string,
  name: string | undefined,
  { all = false, restart = true }: RemoveOptions,
): Promise<ExitCode> {
  if ((name === undefined) !== all) {
    throw new HostError('USAGE', 'Say which secret is to be removed: its name, or --all.', {
      hint: `\`capstan secret list ${capability}\` shows which there are.`,
    });
  }
  const root = requireWorkspace(context);
  const store = await openSecretStore(context, root);
  const removed = await store.remove(capability, name);
  if (removed.length === 0 && !all) throw await notSet(context, capability, name ?? '', store);
  const warnings = await sayWarnings(context, store);
  const told = await tellOfChange(context, root, capability, restart && removed.length > 0);
  warnings.push(...told.warnings);
  if (context.json) context.printJson({ capability, removed, host: told.host, warnings });
  else if (removed.length === 0) context.print(`${capability} has no secrets.`);
  else context.print(`Removed ${removed.join(', ')} of ${capability}.`);
  return 0;
}

async function notSet(
  context: Context,
  capability: string,
  name: string,
  store: { all(): Promise<{ [capability: string]: string[] }> },
): Promise<HostError> {
  const { didYouMean } = await context.doors.declared();
  const set = await store.all();
  const names = Object.hasOwn(set, capability) ? (set[capability] ?? []) : null;
  const message =
    names === null ? `No secret of ${capability} is set.` : `${name} of ${capability} is not set.`;
  const hint = didYouMean(names === null ? capability : name, names ?? Object.keys(set));
  return new HostError('VARIABLE_NOT_FOUND', message, {
    hint: hint ?? '`capstan secret list` shows which there are.',
    details: { capability, name },
  });
}
