import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { withHost } from '../../host-client/index.ts';
import { namedInstance } from '../../instance-variables.ts';
import { plain } from '../../terminal/plain.ts';
import { requireWorkspace } from '../../workspace.ts';

export interface ChangeOptions {
  actor: string;
}

export async function setVariables(
  context: Context,
  instance: string,
  pairs: readonly string[],
  { actor }: ChangeOptions,
): Promise<ExitCode> {
  const env = Object.fromEntries(pairs.map(parsed));
  const root = requireWorkspace(context);
  const { declared } = await namedInstance(context, root, instance);
  const { checkOverrides } = await context.doors.declared();
  // The host would refuse them too, but needs the workspace for itself to say so.
  checkOverrides(declared, env);
  return change(context, instance, env, actor);
}

export async function unsetVariables(
  context: Context,
  instance: string,
  names: readonly string[],
  { actor }: ChangeOptions,
): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const { set, written } = await namedInstance(context, root, instance);
  const missing = names.find((name) => !Object.hasOwn(set, name));
  if (missing !== undefined) {
    const { didYouMean } = await context.doors.declared();
    const hint = Object.hasOwn(written, missing)
      ? 'capstan.yaml sets it; change it there.'
      : (didYouMean(missing, Object.keys(set)) ?? 'Nothing was set for it.');
    throw new HostError('VARIABLE_NOT_FOUND', `${missing} was not set for ${instance}.`, {
      hint,
      details: { instance, name: missing },
    });
  }
  return change(context, instance, Object.fromEntries(names.map((name) => [name, null])), actor);
}

async function change(
  context: Context,
  instance: string,
  env: { [name: string]: string | null },
  actor: string,
): Promise<ExitCode> {
  const answer = await withHost(context, { dispatch: false }, (host) =>
    host.setEnv(instance, env, actor),
  );
  if (context.json) context.printJson({ instance, env: answer.env });
  else {
    const changes = Object.entries(env).map(([name, value]) =>
      value === null ? `${name} is as declared` : `${name} is ${plain(JSON.stringify(value))}`,
    );
    context.print(`${changes.join(', ')} for ${plain(instance)}.`);
  }
  return 0;
}

function parsed(pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw new HostError('USAGE', `Variables are set as NAME=value, and ${plain(pair)} is not.`, {
    hint: 'For example: capstan env set speech DEVICE=cuda',
  });
}
