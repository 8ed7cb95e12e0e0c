import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type AskedHost, withHost } from '../../host-client/index.ts';
import type { Declared, RemovalPlan, Workspace } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';
import { documentOf, type Removed, tellPlan, tellRemoved } from './answer.ts';

export interface RemoveOptions {
  data?: boolean;
  declaration?: boolean;
  keepEnvironment?: boolean;
  unload?: boolean;
  dryRun?: boolean;
  yes?: boolean;
}

/** Shows the plan, asks, removes, and says what went and what stayed. */
export async function remove(
  context: Context,
  name: string,
  options: RemoveOptions,
): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const runtime = await context.doors.declared();
  const workspace = await runtime.readWorkspace(root);
  const plan = await runtime.planRemoval(workspace, name, { ...options, env: context.io.env });
  if (options.dryRun === true) {
    if (context.json) context.printJson(documentOf(root, { plan, forgotten: [] }, true));
    else tellPlan(context, plan, context.print);
    return 0;
  }
  if (!(await agreed(context, plan, options))) {
    throw new HostError('INTERRUPTED', 'Nothing was removed.');
  }
  const removed = await withHost(context, { root, dispatch: false }, (host) =>
    removeFrom(host, { context, runtime, workspace, plan, options }),
  );
  if (context.json) context.printJson(documentOf(root, removed, false));
  else tellRemoved(context, removed);
  return 0;
}

interface Work {
  context: Context;
  runtime: Declared;
  workspace: Workspace;
  plan: RemovalPlan;
  options: RemoveOptions;
}

/** While the workspace has an owner that starts nothing of it meanwhile, or none other than this process. */
async function removeFrom(
  host: AskedHost,
  { context, runtime, workspace, plan, options }: Work,
): Promise<Removed> {
  const { name } = plan;
  const instances = (await host.instances()).filter(({ capability }) => capability === name);
  const running = instances.filter(({ state }) => state !== 'stopped');
  if (running.length > 0 && options.unload !== true) throw inUse(name, running);
  for (const { instance } of running) {
    // oxlint-disable-next-line no-await-in-loop -- one or two
    await host.unload(instance);
  }
  const forgotten: string[] = [];
  for (const { instance, kind } of options.data === true ? instances : []) {
    if (kind === 'generated') continue;
    // oxlint-disable-next-line no-await-in-loop
    await host.unload(instance, { forget: true });
    forgotten.push(instance);
  }
  const done = await runtime.performRemoval(workspace, plan, { env: context.io.env });
  return { plan: done, forgotten };
}

function inUse(name: string, running: { instance: string; pid: number | null }[]): HostError {
  const who = running.map(({ instance, pid }) => `${instance} (process ${pid ?? '-'})`).join(', ');
  const unload = running.map(({ instance }) => instance).join(' ');
  return new HostError('CAPABILITY_IN_USE', `${name} cannot be removed while it runs: ${who}.`, {
    hint: `Run \`capstan unload ${unload}\` first, or remove it with \`--unload\`.`,
    details: { capability: name, instances: running },
  });
}

async function agreed(
  context: Context,
  plan: RemovalPlan,
  { yes = false }: RemoveOptions,
): Promise<boolean> {
  if (yes) return true;
  tellPlan(context, plan, context.say);
  if (context.canAsk) {
    const { confirm, isCancel } = await import('@clack/prompts');
    const answer = await confirm({ message: `Remove ${plan.name}?`, output: process.stderr });
    return !isCancel(answer) && answer;
  }
  throw new HostError(
    'CONSENT_NEEDED',
    `Removing ${plan.name} needs a yes; nobody is here to ask.`,
    {
      hint: `Look at it with \`capstan remove ${plan.name} --dry-run\`, then agree with \`--yes\`.`,
      details: { capability: plan.name },
    },
  );
}
