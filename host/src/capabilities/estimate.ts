import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type EnvironmentEstimate,
  type EnvironmentPlan,
  estimateEnvironment,
  Machine,
} from '../environments/index.ts';
import { HostError } from '../errors.ts';
import type { Workspace } from './declaration.ts';
import { type CapabilityReport, type InstallOptions, installCapabilities } from './install.ts';

export interface EstimateReport {
  /** In the order of `capstan.yaml`. */
  capabilities: CapabilityReport[];
  /** Of each environment once, however many capabilities share it. */
  environments: EnvironmentEstimate[];
  /** Sums of what is known. */
  downloadBytes: number;
  diskBytes: number;
  /** Whether something is missing from the sums. */
  isComplete: boolean;
  /** Where the environments lie, or will. */
  folder: string;
  freeBytes: number;
}

export type EstimateRequest = Pick<InstallOptions, 'names' | 'paths' | 'env' | 'signal'> & {
  onProgress: (name: string, message: string) => void;
};

/**
 * What `capstan install` would fetch and put on the disk. Nothing is built. Throws CAPABILITY_NOT_FOUND for a name
 * that is not declared and INTERRUPTED when the signal fires.
 */
export async function estimateCapabilities(
  workspace: Workspace,
  { names, paths, env, signal, onProgress }: EstimateRequest,
): Promise<EstimateReport> {
  const { capabilities } = await installCapabilities(workspace, {
    names,
    paths,
    env,
    signal,
    dryRun: true,
    consent: async () => false,
    onProgress: ({ capability, message }) => onProgress(capability, message),
  });
  const machine = new Machine(env, paths);
  const environments = await estimateAll(capabilities, machine, onProgress, signal);
  const folder = paths.environmentsDir;
  return {
    capabilities,
    environments,
    downloadBytes: sum(environments.map(({ downloadBytes }) => downloadBytes)),
    diskBytes: sum(environments.map(({ diskBytes }) => diskBytes)),
    isComplete:
      capabilities.every(({ plan }) => plan !== null) &&
      environments.every(
        (one) => one.error === null && one.unknownDownloads + one.unknownDisks === 0,
      ),
    folder,
    freeBytes: await freeBytes(folder),
  };
}

async function estimateAll(
  capabilities: readonly CapabilityReport[],
  machine: Machine,
  onProgress: EstimateRequest['onProgress'],
  signal: AbortSignal | undefined,
): Promise<EnvironmentEstimate[]> {
  const plans = new Map<string, { name: string; plan: EnvironmentPlan }>();
  for (const { name, plan } of capabilities) {
    if (plan !== null && !plans.has(plan.key)) plans.set(plan.key, { name, plan });
  }
  const found: EnvironmentEstimate[] = [];
  for (const { name, plan } of plans.values()) {
    if (signal?.aborted) throw new HostError('INTERRUPTED', 'The estimate was interrupted.');
    const tell = (message: string) => onProgress(name, message);
    // oxlint-disable-next-line no-await-in-loop -- solvers take all of a machine each
    found.push(await estimateEnvironment(plan, machine, { onProgress: tell, signal }));
  }
  return found;
}

const sum = (numbers: readonly (number | null)[]): number =>
  numbers.reduce<number>((total, one) => total + (one ?? 0), 0);

async function freeBytes(folder: string): Promise<number> {
  let place = folder;
  while (!existsSync(place) && place !== dirname(place)) place = dirname(place);
  const { bavail, bsize } = await statfs(place);
  return bavail * bsize;
}
