import { join } from 'node:path';
import { type CondaKind, pythonOf } from './conda/kinds.ts';
import { condaSpecs, lockedCondaCount } from './conda/specs.ts';
import { condaSteps } from './conda/steps.ts';
import { type CondaTool, findCondaTool } from './conda/tool.ts';
import { placeOf } from './identity.ts';
import type { Interpreter } from './interpreters.ts';
import type { Machine } from './machine.ts';
import { findNpm, lockedCount, needsNpm, npmSteps, withoutSdk } from './npm.ts';
import { chooseInstaller, type Installer, pythonSteps } from './python.ts';
import type {
  CommandRequirement,
  CondaRequirement,
  EnvironmentRequirement,
  NpmRequirement,
  PythonRequirement,
} from './requirement.ts';
import type { SdkIdentity } from './sdk.ts';
import type { Step } from './steps.ts';
import { type ConsentQuestion, chooseUv } from './uv.ts';

/** What would be built, where, and how; nothing has been touched yet. */
export type EnvironmentPlan = NpmPlan | PythonPlan | CondaPlan | CommandPlan;

interface PlanFacts {
  /** `uv-` and 128 bits of a hash: the folder's name, and all of the environment's identity. */
  key: string;
  folder: string;
  /** Whether it lies there already. */
  isBuilt: boolean;
  interpreter: { path: string; version: string };
  sdk: SdkIdentity;
  /** What will be asked of the package manager, as it was written. */
  packages: string[];
  /** How many packages a lock pins, theirs and those they need; 0 without a lock. */
  locked: number;
  /** The commands that will run, in order. */
  steps: Step[];
  /** What the user should know, e.g. that pip stands in for uv. */
  notes: string[];
  /** A tool that has to be fetched first, and only if the user agrees. */
  consent: ConsentQuestion | null;
}

export interface NpmPlan extends PlanFacts {
  kind: 'npm';
  requirement: NpmRequirement;
  npm: { path: string; version: string } | null;
}

export interface PythonPlan extends PlanFacts {
  kind: 'uv' | 'venv';
  requirement: PythonRequirement;
  python: Interpreter;
  installer: Installer;
}

/** Conda packages hold the path they are installed to: this kind is built where it stays. */
export interface CondaPlan extends PlanFacts {
  kind: CondaKind;
  requirement: CondaRequirement;
  tool: CondaTool;
}

/** An executable from the PATH needs nothing built; one from a package is an environment around another. */
export interface CommandPlan extends PlanFacts {
  kind: 'command';
  requirement: CommandRequirement;
  inner: NpmPlan | PythonPlan | null;
}

export interface PlanOptions {
  /** The user's answer to an earlier plan's question; pip then takes uv's place. */
  uvRefused?: boolean;
}

/**
 * Decides how an environment would be built on this machine. Throws `ENV_INTERPRETER_MISSING` or
 * `ENV_TOOL_MISSING` when it could not be.
 */
export async function planEnvironment(
  requirement: EnvironmentRequirement,
  machine: Machine,
  options: PlanOptions = {},
): Promise<EnvironmentPlan> {
  switch (requirement.kind) {
    case 'npm':
      return planNpm(requirement, machine);
    case 'uv':
    case 'venv':
      return planPython(requirement, machine, options);
    case 'conda':
    case 'mamba':
    case 'micromamba':
    case 'pixi':
      return planConda(requirement, machine);
    case 'command':
      return planCommand(requirement, machine, options);
    default:
      return requirement satisfies never;
  }
}

async function planNpm(requirement: NpmRequirement, machine: Machine): Promise<NpmPlan> {
  const npm = needsNpm(requirement) ? await findNpm(machine) : null;
  const sdk = await machine.sdkIdentity('node');
  // Compiled add-ons are built for a major version of Node; a patch release changes nothing.
  const version = machine.node.version.split('.')[0] ?? '';
  const place = await placeOf('npm', requirement, `node ${version}`, sdk, machine);
  const own = requirement.packageJson?.dependencies ?? {};
  return {
    kind: 'npm',
    ...place,
    requirement,
    npm,
    interpreter: machine.node,
    sdk,
    packages: [
      ...requirement.packages,
      ...requirement.files.map(({ path }) => path),
      ...Object.entries(withoutSdk(own)).map(([name, range]) => `${name}@${range}`),
    ],
    locked: requirement.lock === null ? 0 : lockedCount(requirement.lock),
    steps: npm === null ? [] : npmSteps(requirement, npm.path, place.folder),
    notes: scriptNotes(requirement),
    consent: null,
  };
}

const scriptNotes = ({ allowScripts = [] }: NpmRequirement): string[] =>
  allowScripts.length === 0 ? [] : [`The install scripts of ${allowScripts.join(', ')} run.`];

async function planPython(
  requirement: PythonRequirement,
  machine: Machine,
  options: PlanOptions,
): Promise<PythonPlan> {
  const python = await machine.interpreters.need(requirement.python);
  const { kind, installer, notes, consent } = await chooseBuilder(
    requirement,
    python,
    machine,
    options,
  );
  const sdk = await machine.sdkIdentity('python');
  const actual: PythonRequirement = { ...requirement, kind };
  const interpreter = `${python.tag} ${python.version}`;
  const place = await placeOf(kind, actual, interpreter, sdk, machine);
  return {
    kind,
    ...place,
    requirement: actual,
    python,
    installer,
    interpreter: { path: join(place.folder, 'bin', 'python'), version: python.version },
    sdk,
    packages: [...requirement.requirements, ...requirement.files.map(({ path }) => path)],
    locked: requirement.lock?.filter((line) => !line.startsWith('-')).length ?? 0,
    steps: pythonSteps(actual, python, installer, place.folder),
    notes,
    consent: place.isBuilt ? null : consent,
  };
}

async function planConda(requirement: CondaRequirement, machine: Machine): Promise<CondaPlan> {
  const { kind } = requirement;
  const tool = await findCondaTool(requirement, machine);
  const sdk = await machine.sdkIdentity('python');
  const place = await placeOf(kind, requirement, '', sdk, machine);
  const version = requirement.python ?? '';
  return {
    kind,
    ...place,
    requirement,
    tool,
    interpreter: { path: pythonOf(kind, place.folder), version },
    sdk,
    packages: [
      ...(requirement.manifest === null ? condaSpecs(requirement) : ['pixi.toml']),
      ...requirement.requirements,
      ...requirement.files.map(({ path }) => path),
    ],
    locked: requirement.lock === null ? 0 : lockedCondaCount(kind, requirement.lock),
    steps: condaSteps(requirement, tool.path, place.folder),
    notes: requirement.notes,
    consent: null,
  };
}

interface Builder {
  kind: 'uv' | 'venv';
  installer: Installer;
  notes: string[];
  consent: ConsentQuestion | null;
}

async function chooseBuilder(
  requirement: PythonRequirement,
  python: Interpreter,
  machine: Machine,
  { uvRefused = false }: PlanOptions,
): Promise<Builder> {
  const withPip = async (notes: string[]): Promise<Builder> => ({
    kind: 'venv',
    installer: await chooseInstaller(machine, python),
    notes,
    consent: null,
  });
  if (requirement.kind === 'venv') return withPip([]);
  if (requirement.ignoreRequiresPython === true) {
    return withPip([
      'uv cannot leave out what packages say about their Python; pip builds this environment instead.',
    ]);
  }
  const uv = await chooseUv(machine, requirement.python);
  if (uv.kind === 'none') return withPip([`${uv.why}; pip builds this environment instead.`]);
  if (uv.kind === 'ask' && uvRefused) {
    return withPip(['uv was not installed; pip builds this environment instead.']);
  }
  const installer: Installer = { kind: 'uv', uv: uv.path, version: uv.version };
  return { kind: 'uv', installer, notes: [], consent: uv.kind === 'ask' ? uv.question : null };
}

async function planCommand(
  requirement: CommandRequirement,
  machine: Machine,
  options: PlanOptions,
): Promise<CommandPlan> {
  const wanted = requirement.package?.requirement;
  const inner =
    wanted === undefined
      ? null
      : wanted.kind === 'npm'
        ? await planNpm(wanted, machine)
        : await planPython(wanted, machine, options);
  const sdk = await machine.sdkIdentity('node');
  const place = await placeOf('command', requirement, inner?.key ?? '', null, machine);
  const { packages = [], locked = 0, steps = [], notes = [], consent = null } = inner ?? {};
  const interpreter = machine.node;
  const isBuilt = place.isBuilt && (inner?.isBuilt ?? true);
  const facts = { ...place, isBuilt, interpreter, sdk, packages, locked, steps, notes, consent };
  return { kind: 'command', ...facts, requirement, inner };
}

/** How messages call an environment: by its kind and what it was asked to hold. */
export function nameOf({ kind, packages, locked }: EnvironmentPlan): string {
  const shown = packages.slice(0, 4).join(', ') + (packages.length > 4 ? ', …' : '');
  const held = shown === '' && locked > 0 ? `${locked} locked packages` : shown;
  return `The ${kind} environment${held === '' ? '' : ` (${held})`}`;
}
