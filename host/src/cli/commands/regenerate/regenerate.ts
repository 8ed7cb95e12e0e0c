import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { describeFailure, exitCodeOf, failureOf } from '../../failure.ts';
import { Interruption } from '../../interruption.ts';
import type { Declared, RegeneratedCapability } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';

export interface RegenerateOptions {
  all?: boolean;
}

export async function regenerate(
  context: Context,
  names: string[],
  { all = false }: RegenerateOptions,
): Promise<ExitCode> {
  mustSayWhich(names, all);
  const root = requireWorkspace(context);
  const runtime = await context.doors.declared();
  const workspace = await runtime.readWorkspace(root);
  const interruption = new Interruption(context.io, (text) => context.say(text), null);
  const stop = new AbortController();
  interruption.cancelWith(async () => stop.abort());
  try {
    const capabilities = await interruption.unlessForced(
      runtime.regenerateManifests(workspace, {
        names: all ? undefined : names,
        env: context.io.env,
        onProgress: (name) => context.say(context.talkStyle.dim(`Asking ${name} what it offers.`)),
        signal: stop.signal,
      }),
    );
    interruption.check();
    const stale = await runtime.staleCapabilities(workspace);
    return answer(context, root, capabilities, stale);
  } finally {
    interruption.release();
  }
}

function mustSayWhich(names: readonly string[], all: boolean): void {
  if (all ? names.length === 0 : names.length > 0) return;
  throw new HostError(
    'USAGE',
    all
      ? 'Name capabilities, or say --all, but not both.'
      : 'Which capability? Name it, or say --all.',
    { hint: 'See `capstan list` for those there are.' },
  );
}

type Stale = Awaited<ReturnType<Declared['staleCapabilities']>>;

function answer(
  context: Context,
  root: string,
  capabilities: RegeneratedCapability[],
  stale: Stale,
): ExitCode {
  const failed = capabilities.find(({ error }) => error !== null);
  const code = failed?.error ? exitCodeOf(failureOf(failed.error)) : 0;
  if (context.json) {
    context.printJson({ workspace: root, capabilities: capabilities.map(documentOf) });
    return code;
  }
  if (capabilities.length === 0) context.say('Nothing is installed here. Next: capstan install');
  for (const one of capabilities) tell(context, one);
  for (const { name } of capabilities) {
    if (!stale.some((one) => one.name === name && one.reason === 'source')) continue;
    context.say(
      `${name}: this is of the code that was installed; \`capstan install ${name}\` takes in what was edited since.`,
    );
  }
  return code;
}

function tell(context: Context, { name, state, changes, error }: RegeneratedCapability): void {
  const { style } = context;
  if (error !== null) {
    const failure = failureOf(error);
    context.say(...describeFailure(failure, context.talkStyle));
  } else if (state === 'unchanged') context.print(`${name}  ${style.green('nothing has changed')}`);
  else {
    context.print(`${name}  ${style.yellow('recorded anew')}`, ...changes.map((one) => `  ${one}`));
  }
}

const documentOf = ({ name, state, changes, manifest, error }: RegeneratedCapability): object => ({
  name,
  state,
  changes,
  manifest: manifest?.file ?? null,
  regeneratedAt: manifest?.code.regenerated_at ?? null,
  error: error === null ? null : failureOf(error),
});
