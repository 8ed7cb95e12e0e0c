import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { exitCodeOf, failureOf } from '../../failure.ts';
import { Interruption } from '../../interruption.ts';
import type { CapabilityReport, InstallReport, Declared, Workspace } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';
import { agreed, agreedTo } from './consent.ts';
import { planCost } from './cost.ts';
import { actionsOf, tellOutcome } from './outcome.ts';
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
    context.say(planning(workspace, names));
    const plan = await perform(work, true);
    const cost = await costOf(work, plan);
    if (options.dryRun === true) return answer(work, plan, true, cost);
    if (!(await agreed(context, plan, options, cost))) {
      throw new HostError('INTERRUPTED', 'Nothing was installed.', {
        hint: 'Run it again to go on.',
      });
    }
    interruption.check();
    return answer(work, await perform(work, false), false);
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

/** For somebody who reads the plan; who has agreed already is not kept waiting. */
function costOf({ context, runtime, options }: Work, plan: InstallReport): Promise<string | null> {
  const isRead =
    !context.json && (options.dryRun === true || (context.canAsk && options.yes !== true));
  return isRead ? planCost(context, runtime, plan) : Promise.resolve(null);
}

function answer(
  { context, workspace, options }: Work,
  report: InstallReport,
  dryRun: boolean,
  cost: string | null = null,
): ExitCode {
  const { capabilities } = report;
  const failed = capabilities.find((one) => one.state === 'failed');
  const code = failed?.error ? exitCodeOf(failureOf(failed.error)) : 0;
  if (context.json) {
    context.printJson({
      workspace: workspace.root,
      dryRun,
      capabilities: capabilities.map(documentOf),
    });
    return code;
  }
  if (dryRun) {
    context.print(...describePlan(report, options.force === true, context.style, cost));
  } else tellOutcome(context, capabilities);
  return code;
}

/** Said before anything is looked at: asking a machine for its Pythons takes a moment. */
function planning({ capabilities }: Workspace, names: readonly string[]): string {
  const count = names.length === 0 ? capabilities.length : new Set(names).size;
  return `Planning ${count === 1 ? '1 capability' : `${count} capabilities`}.`;
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
            locked: plan.locked,
            commands: plan.steps.map(({ command }) => command),
            notes: plan.notes,
          },
    version: manifest?.code.version ?? null,
    actions: actionsOf(manifest),
    error: error === null ? null : failureOf(error),
  };
}
