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
  const { pendingJobs, settings } = await recordedOf(context, root, name);
  const { env } = context.io;
  const plan = await runtime.planRemoval(workspace, name, { ...options, settings, env });
  const planned = { plan, pendingJobs };
  if (options.dryRun === true) {
    if (context.json) context.printJson(documentOf(root, planned, true));
    else tellPlan(context, planned, context.print);
    return 0;
  }
  if (!(await agreed(context, planned, options))) {
    throw new HostError('INTERRUPTED', 'Nothing was removed.');
  }
  const done = await withHost(context, { root, dispatch: false }, (host) =>
    removeFrom(host, { context, runtime, workspace, plan, settings, options }),
  );
  const removed = { plan: done, pendingJobs };
  if (context.json) context.printJson(documentOf(root, removed, false));
  else tellRemoved(context, removed);
  return 0;
}

/** What the state of the workspace has of a capability: jobs that wait, and instances of which something was set. */
async function recordedOf(
  context: Context,
  root: string,
  name: string,
): Promise<{ pendingJobs: number; settings: string[] }> {
  const view = (await context.doors.view()).openReader(root);
  try {
    const rows = view.instances();
    const own = rows.filter(({ capability, instanceId }) => (capability ?? instanceId) === name);
    return {
      pendingJobs: view.jobStats(context.io.nowMs()).byCapability[name]?.pending ?? 0,
      settings: own.map(({ instanceId }) => instanceId),
    };
  } finally {
    view.close();
  }
}

interface Work {
  context: Context;
  runtime: Declared;
  workspace: Workspace;
  plan: RemovalPlan;
  settings: string[];
  options: RemoveOptions;
}

/** While the workspace has an owner that starts nothing of it meanwhile, or none other than this process. */
async function removeFrom(
  host: AskedHost,
  { context, runtime, workspace, plan, settings, options }: Work,
): Promise<RemovalPlan> {
  const { name } = plan;
  const running = await runningOf(host, name);
  if (running.length > 0 && options.unload !== true) throw inUse(name, running);
  await unloadAll(host, name);
  const kept = options.data === true ? await forgetAll(host, settings) : null;
  const done = await runtime.performRemoval(workspace, plan, {
    env: context.io.env,
    // a call that waited may have started it again
    onNoMoreStarts: () => unloadAll(host, name),
  });
  const parts = done.parts.map((part) =>
    part.what === 'settings' ? { ...part, kept: kept ?? part.kept } : part,
  );
  return { ...done, parts };
}

type Running = Awaited<ReturnType<AskedHost['instances']>>;

const runningOf = async (host: AskedHost, name: string): Promise<Running> =>
  (await host.instances()).filter(
    ({ capability, state }) => capability === name && state !== 'stopped',
  );

async function unloadAll(host: AskedHost, name: string): Promise<void> {
  for (const { instance } of await runningOf(host, name)) {
    // oxlint-disable-next-line no-await-in-loop -- one or two
    await host.unload(instance);
  }
}

/** Has the host forget what was set of these; why it could not, if so. */
async function forgetAll(host: AskedHost, instances: readonly string[]): Promise<string | null> {
  for (const instance of instances) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one or two
      await host.unload(instance, { forget: true });
    } catch (error) {
      if (!(error instanceof HostError) || error.category !== 'input') throw error;
      return error.message;
    }
  }
  return null;
}

function inUse(name: string, running: Running): HostError {
  const who = running.map(({ instance, pid }) => `${instance} (process ${pid ?? '-'})`).join(', ');
  const unload = running.map(({ instance }) => instance).join(' ');
  return new HostError('CAPABILITY_IN_USE', `${name} cannot be removed while it runs: ${who}.`, {
    hint: `Run \`capstan unload ${unload}\` first, or remove it with \`--unload\`.`,
    details: { capability: name, instances: running },
  });
}

async function agreed(
  context: Context,
  planned: Removed,
  { yes = false }: RemoveOptions,
): Promise<boolean> {
  if (yes) return true;
  const { name } = planned.plan;
  tellPlan(context, planned, context.say);
  if (context.canAsk) {
    const { confirm, isCancel } = await import('@clack/prompts');
    const answer = await confirm({ message: `Remove ${name}?`, output: process.stderr });
    return !isCancel(answer) && answer;
  }
  throw new HostError('CONSENT_NEEDED', `Removing ${name} needs a yes; nobody is here to ask.`, {
    hint: `Look at it with \`capstan remove ${name} --dry-run\`, then agree with \`--yes\`.`,
    details: { capability: name },
  });
}
