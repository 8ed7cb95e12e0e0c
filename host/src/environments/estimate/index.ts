import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostError } from '../../errors.ts';
import { failureOf } from '../failure.ts';
import type { Machine } from '../machine.ts';
import { type EnvironmentPlan, nameOf } from '../plan.ts';
import { runTool, type ToolEnd } from '../run-tool.ts';
import type { Step } from '../steps.ts';
import { buildVariables } from '../variables.ts';
import { estimateConda } from './conda.ts';
import { type EnvironmentEstimate, type Found, summed } from './estimate.ts';
import { estimateNpm } from './npm.ts';
import { estimatePython } from './python.ts';

export type { EnvironmentEstimate, PackageEstimate } from './estimate.ts';

export interface EstimateOptions {
  /** What is being looked at, now and then. */
  onProgress?: ((message: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** What an estimator may do: run a package manager in a folder of its own, and say how far it is. */
export interface Estimator {
  folder: string;
  machine: Machine;
  run: (step: Step) => Promise<ToolEnd>;
  onProgress: (message: string) => void;
  signal: AbortSignal | undefined;
}

/**
 * Finds out what building an environment would fetch and take, without building it: the package manager is asked
 * what it would install, and the index how large that is. What cannot be found out (no network, no solution) is an
 * answer too: `unknown`, with the reason. Throws only INTERRUPTED.
 */
export async function estimateEnvironment(
  plan: EnvironmentPlan,
  machine: Machine,
  { onProgress = () => {}, signal }: EstimateOptions = {},
): Promise<EnvironmentEstimate> {
  const { key, kind, folder: place } = plan;
  const identity = { key, kind, folder: place };
  if (plan.isBuilt) return summed(identity, 'built', { packages: [], notes: [] });
  if (plan.kind === 'command') {
    if (plan.inner === null) return summed(identity, 'estimated', { packages: [], notes: [] });
    const inner = await estimateEnvironment(plan.inner, machine, { onProgress, signal });
    return { ...inner, ...identity };
  }
  const folder = await mkdtemp(join(tmpdir(), 'capstan-estimate-'));
  try {
    await mkdir(join(folder, '.tmp'));
    const run = (step: Step) => runStep(plan, step, folder, machine, signal);
    const found = await ask(plan, { folder, machine, run, onProgress, signal });
    return summed(identity, 'estimated', found);
  } catch (error) {
    if (!(error instanceof HostError) || error.code === 'INTERRUPTED') throw error;
    return unknown(identity, plan, error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function ask(
  plan: Exclude<EnvironmentPlan, { kind: 'command' }>,
  estimator: Estimator,
): Promise<Found> {
  switch (plan.kind) {
    case 'npm':
      return estimateNpm(plan, estimator);
    case 'uv':
    case 'venv':
      return estimatePython(plan, estimator);
    case 'conda':
    case 'mamba':
    case 'micromamba':
    case 'pixi':
      return estimateConda(plan, estimator);
    default:
      return plan satisfies never;
  }
}

/** Runs a package manager; what it cannot do is the same error as when building. */
async function runStep(
  plan: EnvironmentPlan,
  { tool, command }: Step,
  folder: string,
  machine: Machine,
  signal: AbortSignal | undefined,
): Promise<ToolEnd> {
  const env = buildVariables(machine.env, join(folder, '.tmp'));
  const end = await runTool({ command, cwd: folder, env, signal });
  if (end.kind === 'aborted') {
    throw new HostError('INTERRUPTED', 'The estimate was interrupted.');
  }
  if (end.code === 0) return end;
  throw await failureOf(nameOf(plan), tool, inWords(end), machine.paths.environmentsDir);
}

/** A tool that was asked for JSON puts its complaint into a document, too. */
function inWords(end: ToolEnd): ToolEnd {
  try {
    const document: unknown = JSON.parse(end.stdout.slice(end.stdout.indexOf('{')));
    if (typeof document !== 'object' || document === null) return end;
    const { message, error, exception_name: name } = document as { [member: string]: unknown };
    const said = [error, message].find((text) => typeof text === 'string');
    if (typeof said !== 'string') return end;
    const head = typeof name === 'string' && !said.startsWith(name) ? `${name}: ` : '';
    return { ...end, lines: `${head}${said}`.split('\n') };
  } catch {
    return end;
  }
}

const unknown = (
  identity: Pick<EnvironmentEstimate, 'key' | 'kind' | 'folder'>,
  { packages }: EnvironmentPlan,
  error: HostError,
): EnvironmentEstimate => ({
  ...identity,
  state: 'unknown',
  packages: [],
  downloadBytes: null,
  diskBytes: null,
  unknownDownloads: packages.length,
  unknownDisks: packages.length,
  cached: 0,
  notes: [],
  error,
});
