import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { defaults } from '../../../defaults.ts';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { Declared, EnvironmentEstimate, InstallReport } from '../../runtime.ts';
import { size } from '../../terminal/quantities.ts';

/**
 * What carrying out a plan would fetch and take, where that can be learned in a moment; else which command takes its
 * time to find out. Null when nothing has to be fetched.
 */
export async function planCost(
  context: Context,
  runtime: Declared,
  { capabilities }: InstallReport,
): Promise<string | null> {
  const plans = capabilities.flatMap(({ state, plan }) =>
    state === 'planned' && plan !== null && !plan.isBuilt && plan.packages.length > 0 ? [plan] : [],
  );
  const each = [...new Map(plans.map((plan) => [plan.key, plan])).values()];
  if (each.length === 0) return null;
  const paths = runtime.machinePaths(context.io.env);
  const machine = new runtime.Machine(context.io.env, paths);
  const signal = AbortSignal.timeout(defaults.planCostMs);
  try {
    const found = await Promise.all(
      each.map((plan) => runtime.estimateEnvironment(plan, machine, { signal })),
    );
    return signal.aborted ? later : told(found, await freeAt(paths.environmentsDir));
  } catch (error) {
    if (error instanceof HostError && error.code === 'INTERRUPTED') return later;
    throw error;
  }
}

const later = '`capstan estimate` finds out how much that is';

function told(found: readonly EnvironmentEstimate[], free: number): string {
  if (found.some(({ state }) => state === 'unknown')) return later;
  const amount = (
    of: 'downloadBytes' | 'diskBytes',
    missing: 'unknownDownloads' | 'unknownDisks',
  ) => {
    const bytes = found.reduce((total, one) => total + (one[of] ?? 0), 0);
    const unknown = found.some((one) => one[missing] > 0);
    return unknown ? (bytes === 0 ? 'an unknown amount' : `more than ${size(bytes)}`) : size(bytes);
  };
  const download = amount('downloadBytes', 'unknownDownloads');
  const disk = amount('diskBytes', 'unknownDisks');
  return `${download} to fetch, about ${disk} on the disk; ${size(free)} are free`;
}

async function freeAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder).catch(() => freeAbove(folder));
  return bavail * bsize;
}

const freeAbove = async (folder: string): Promise<{ bavail: number; bsize: number }> =>
  folder === dirname(folder)
    ? statfs(folder)
    : statfs(dirname(folder)).catch(() => freeAbove(dirname(folder)));
