import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type AskedHost, withHost } from '../../host-client/index.ts';
import { inspect } from '../../inspect.ts';
import type { ProfileRow } from '../../runtime.ts';
import { shortHash } from './profiles.ts';

export interface ResetOptions {
  config?: string;
  actor: string;
}

export async function reset(
  context: Context,
  name: string | undefined,
  { config, actor }: ResetOptions,
): Promise<ExitCode> {
  const all = await inspect(context, (view) => view.profiles());
  const ofName = all.filter(({ instance }) => name === undefined || instance === name);
  const configHash = config === undefined ? undefined : hashIn(ofName, config, name);
  const count = await withHost(context, { dispatch: false }, async (host) => {
    if (name !== undefined && ofName.length === 0) await mustBeKnown(context, host, name, all);
    const filter = {
      ...(name === undefined ? {} : { instance: name }),
      ...(configHash === undefined ? {} : { configHash }),
    };
    return (await host.resetProfiles(filter, actor)).count;
  });
  const asked = { instance: name ?? null, configHash: configHash ?? null };
  if (context.json) context.printJson({ ...asked, count });
  else context.print(told(count, name));
  return 0;
}

function told(count: number, name: string | undefined): string {
  const of = name === undefined ? '' : ` of ${name}`;
  if (count === 0) return `There is nothing to forget${of}: no call was answered since.`;
  const what = count === 1 ? '1 profile' : `${count} profiles`;
  return `Forgot ${what}${of}. The next calls are measured anew.`;
}

/** The whole hash of which somebody wrote the beginning. */
function hashIn(found: readonly ProfileRow[], written: string, name: string | undefined): string {
  const start = written.replace(/^sha256:/, '').toLowerCase();
  const hashes = [...new Set(found.map(({ configHash }) => configHash))];
  const meant = hashes.filter(
    (hash) => start !== '' && hash.replace(/^sha256:/, '').startsWith(start),
  );
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return only;
  const of = name === undefined ? 'No instance' : `No call of ${name}`;
  const message =
    meant.length > 1
      ? `${meant.length} configurations begin with ${written}: ${meant.map(shortHash).join(', ')}.`
      : `${of} was seen under a configuration ${written}.`;
  const hint =
    hashes.length === 0
      ? '`capstan profiles` lists those there are.'
      : `There are ${hashes.map(shortHash).join(', ')}; \`capstan profiles\` lists them.`;
  throw new HostError('INPUT_INVALID', message, { hint, details: { config: written } });
}

/** One that was never called has nothing to forget, which is no mistake; one that is not there is. */
async function mustBeKnown(
  context: Context,
  host: AskedHost,
  name: string,
  profiles: readonly ProfileRow[],
): Promise<void> {
  const instances = (await host.instances()).map(({ instance }) => instance);
  if (instances.includes(name)) return;
  const { didYouMean } = await context.doors.declared();
  const known = [...new Set([...profiles.map(({ instance }) => instance), ...instances])];
  const hint = didYouMean(name, known);
  const message = `There is no instance "${name}", nor a profile of one.`;
  throw new HostError('INSTANCE_NOT_FOUND', message, hint === undefined ? {} : { hint });
}
