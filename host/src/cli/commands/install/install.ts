import { HostError } from '../../../errors.ts';
import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { describeFailure, exitCodeOf, failureOf } from '../../failure.ts';
import { Interruption } from '../../interruption.ts';
import { callable } from '../../inventory.ts';
import type { CapabilityReport, InstallReport, Declared, Workspace } from '../../runtime.ts';
import { table } from '../../terminal/table.ts';
import { requireWorkspace } from '../../workspace.ts';
import { agreed, agreedTo } from './consent.ts';
import { describePlan } from './plan-text.ts';
import { progressFor } from './progress.ts';

export interface InstallOptions {
  dryRun?: boolean;
  yes?: boolean;
  force?: boolean;
}

/** Shows the plan, asks, installs, and says what came of it. */
export async function install(
  context: Context,
  names: string[],
  options: InstallOptions,
): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const runtime = await context.doors.declared();
  const workspace = await runtime.readWorkspace(root);
  const interruption = new Interruption(context.io, (text) => context.say(text), null);
  const work: Work = { context, runtime, workspace, names, options, interruption };
  try {
    const plan = await perform(work, true);
    if (options.dryRun === true) return answer(context, workspace, plan, true);
    context.say(...plan.capabilities.flatMap((one) => describePlan(one, context.talkStyle)), '');
    if (!(await agreed(context, plan, options))) {
      throw new HostError('INTERRUPTED', 'Nothing was installed.', {
        hint: 'Run it again to go on.',
      });
    }
    interruption.check();
    return answer(context, workspace, await perform(work, false), false);
  } finally {
    interruption.release();
  }
}

interface Work {
  context: Context;
  runtime: Declared;
  workspace: Workspace;
  names: string[];
  options: InstallOptions;
  interruption: Interruption;
}

async function perform(work: Work, dryRun: boolean): Promise<InstallReport> {
  const { context, runtime, workspace, names, options, interruption } = work;
  const { env } = context.io;
  const stop = new AbortController();
  interruption.cancelWith(async () => stop.abort());
  const progress = progressFor(context, dryRun);
  try {
    return await interruption.unlessForced(
      runtime.installCapabilities(workspace, {
        names,
        dryRun,
        force: options.force === true,
        consent: (question) => agreedTo(context, question, options),
        onProgress: (event) => progress.event(event),
        paths: runtime.machinePaths(env),
        env,
        signal: stop.signal,
      }),
    );
  } finally {
    progress.close();
  }
}

function answer(
  context: Context,
  { root }: Workspace,
  { capabilities }: InstallReport,
  dryRun: boolean,
): ExitCode {
  const failed = capabilities.find((one) => one.state === 'failed');
  const code = failed?.error ? exitCodeOf(failureOf(failed.error)) : 0;
  if (context.json) {
    context.printJson({ workspace: root, dryRun, capabilities: capabilities.map(documentOf) });
    return code;
  }
  if (dryRun) context.print(...capabilities.flatMap((one) => describePlan(one, context.style)));
  else context.print(...resultTable(context, capabilities));
  for (const one of capabilities) {
    if (one.error !== null && !dryRun) {
      context.say('', ...describeFailure(failureOf(one.error), context.talkStyle));
    }
  }
  if (code === 0 && !dryRun) context.say('', ...nextStep(capabilities));
  return code;
}

function documentOf({ name, state, plan, manifest, error }: CapabilityReport): object {
  return {
    name,
    state,
    environment:
      plan === null
        ? null
        : {
            kind: plan.kind,
            key: plan.key,
            folder: plan.folder,
            isBuilt: plan.isBuilt,
            packages: plan.packages,
            commands: plan.steps.map(({ command }) => command),
            notes: plan.notes,
          },
    version: manifest?.code.version ?? null,
    actions: actionsOf(manifest),
    error: error === null ? null : failureOf(error),
  };
}

function resultTable(context: Context, capabilities: CapabilityReport[]): string[] {
  const { style } = context;
  const paint = {
    planned: style.dim,
    installed: style.green,
    unchanged: style.green,
    failed: style.red,
  };
  const rows = capabilities.map(({ name, state, plan, manifest }) => [
    name,
    plan?.kind ?? '-',
    manifest?.code.version ?? '-',
    { text: state, paint: paint[state] },
    actionsOf(manifest).join(', '),
  ]);
  const header = ['NAME', 'KIND', 'VERSION', 'STATE', 'ACTIONS'];
  return table(header, rows, { columns: tableColumns(context.io), style });
}

function actionsOf(manifest: CapabilityReport['manifest']): string[] {
  if (manifest === null || manifest.capstan === null) return [];
  const { actions, adapters } = manifest.capstan;
  const tasks = Object.fromEntries(
    adapters.map(({ task_name: task, methods }) => [task, { methods }]),
  );
  return callable({ actions, tasks });
}

function nextStep(capabilities: CapabilityReport[]): string[] {
  const [first] = capabilities;
  return first === undefined
    ? ['capstan.yaml declares no capabilities yet. See docs/capabilities.md.']
    : [`Next: capstan show ${first.name}`];
}
