import { type ActionDescription, nearest } from '@capstan/protocol';
import { HostError } from '../errors.ts';
import type { AdapterManifest } from './adapter-manifest.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Manifest } from './manifest.ts';
import { type MatchVerdict, matchAdapter } from './match.ts';

/**
 * Which adapters fit which capabilities, and which of them a worker is told to bind. All of it is decided
 * from manifests: neither the adapter nor the capability has to be loaded, or even be installed.
 */

/** Whether a capability has what an adapter asks for, with everything that is missing. */
export const compatibilityOf = (capability: Manifest, adapter: AdapterManifest): MatchVerdict =>
  matchAdapter(capability.code.structural_surface ?? null, adapter.protocol_members);

/** The adapters that give a task. */
export const adaptersForTask = (
  adapters: readonly AdapterManifest[],
  task: string,
): AdapterManifest[] => adapters.filter(({ task_name: given }) => given === task);

/** The capabilities that an adapter fits, wherever they live. */
export const capabilitiesCompatibleWith = (
  capabilities: readonly Manifest[],
  adapter: AdapterManifest,
): Manifest[] => capabilities.filter((one) => compatibilityOf(one, adapter).compatible);

/**
 * The capabilities that say they run on a platform such as `linux-x64`. One that names no platform runs
 * everywhere.
 */
export const compatibleWithPlatform = (
  capabilities: readonly Manifest[],
  platform = `${process.platform}-${process.arch}`,
): Manifest[] =>
  capabilities.filter(({ code }) => {
    const platforms = code.resources?.['platforms'];
    return !Array.isArray(platforms) || platforms.length === 0 || platforms.includes(platform);
  });

/**
 * Whether a worker of the capability can import the adapter: its code is in the same environment. An adapter
 * that fits a tool of another environment has to be installed there first.
 */
export function sharesEnvironment(capability: Manifest, adapter: AdapterManifest): boolean {
  if (adapter.capstan !== null) {
    return adapter.capstan.environment === capability.capstan?.environment.key;
  }
  const own = capability.document['install'];
  const condaEnv = typeof own === 'object' && own !== null && 'conda_env' in own && own.conda_env;
  return adapter.conda_env !== '' && adapter.conda_env === condaEnv;
}

/** An adapter that a capability's worker could bind, and whether it fits. */
export interface OfferedAdapter {
  /** `module:Class`, for the start line. */
  spec: string;
  name: string;
  class: string;
  task: string;
  methods: { [name: string]: ActionDescription };
  verdict: MatchVerdict;
}

/** The adapters found in a capability's environment: those it was installed with first, in their order. */
export function offeredTo(
  capability: Manifest,
  adapters: readonly AdapterManifest[],
): OfferedAdapter[] {
  const recorded = (capability.capstan?.adapters ?? []).map((own): OfferedAdapter => {
    const { spec, name, task_name: task, methods } = own;
    const found = adapters.find(
      (one) => one.capstan?.spec === spec && sharesEnvironment(capability, one),
    );
    const verdict = found === undefined ? fits : compatibilityOf(capability, found);
    return { spec, name, class: classIn(spec), task, methods, verdict };
  });
  const known = new Set(recorded.map(({ spec }) => spec));
  const others = adapters
    .filter((one) => sharesEnvironment(capability, one) && asksOrIsOwn(one, capability))
    .map(
      (one): OfferedAdapter => ({
        spec: one.capstan?.spec || `${one.module}:${one.class}`,
        name: one.name,
        class: one.class,
        task: one.task_name,
        methods: one.capstan?.methods ?? {},
        verdict: compatibilityOf(capability, one),
      }),
    );
  return [...recorded, ...others.filter(({ spec }) => !known.has(spec))];
}

/** An adapter that asks for nothing would fit every tool there is, and was made for one. */
const asksOrIsOwn = (
  { required_tool_protocol: protocol, capstan }: AdapterManifest,
  { code }: Manifest,
): boolean => protocol !== '' || capstan === null || capstan.capability === code.name;

/** It was matched when it was installed, and its own manifest is gone since. */
const fits: MatchVerdict = {
  compatible: true,
  missing_methods: [],
  missing_properties: [],
  param_mismatches: [],
  reason: null,
};

const classIn = (spec: string): string => spec.slice(spec.lastIndexOf(':') + 1);

/** Every compatible one; of several for a task the first. That is also what a worker would do with them. */
export function bindable(offered: readonly OfferedAdapter[]): OfferedAdapter[] {
  const tasks = new Set<string>();
  return offered.filter(({ verdict, task }) => {
    if (!verdict.compatible || tasks.has(task)) return false;
    tasks.add(task);
    return true;
  });
}

/**
 * Just the adapters somebody names: by `module:Class` as they stand in `capstan.yaml`, by full name, or by
 * class. Throws ADAPTER_NOT_FOUND for one that is not there, ADAPTER_INCOMPATIBLE with everything that is
 * missing for those that do not fit, and also for a second one of a task.
 */
export function chosenAdapters(
  capability: string,
  offered: readonly OfferedAdapter[],
  wanted: readonly string[],
): OfferedAdapter[] {
  const chosen = wanted.map((name) => adapterNamed(capability, offered, name));
  const unfit = chosen.filter(({ verdict }) => !verdict.compatible);
  if (unfit.length > 0) throw incompatible(capability, unfit);
  for (const [index, { name, task }] of chosen.entries()) {
    const first = chosen.findIndex((other) => other.task === task);
    const taken = chosen[first];
    if (first === index || taken === undefined || taken.name === name) continue;
    throw new HostError(
      'ADAPTER_INCOMPATIBLE',
      `${capability} cannot have two adapters for the task ${task}: ${taken.name} and ${name}.`,
      { hint: 'Name one of them.', details: { capability, task, adapters: [taken.name, name] } },
    );
  }
  return [...new Set(chosen)];
}

function adapterNamed(
  capability: string,
  offered: readonly OfferedAdapter[],
  wanted: string,
): OfferedAdapter {
  const isMeant = (one: OfferedAdapter): boolean =>
    [one.spec, one.name, one.class].includes(wanted) ||
    one.spec.endsWith(`/${wanted}`) ||
    one.spec.endsWith(`/${pathOf(wanted)}`) ||
    (wanted.includes(':') && one.name === wanted.replace(/(\.py|\.[cm]?[jt]s)?:/, '.'));
  const match = offered.find(isMeant);
  if (match !== undefined) return match;
  const names = offered.map(({ name }) => name);
  const close = nearest(
    wanted,
    offered.flatMap((one) => [one.class, one.name]),
  );
  const hint =
    (close === null ? didYouMean(wanted, names) : `did you mean "${close}"?`) ??
    'None was found in its environment: name it under `adapters:` in capstan.yaml, then run `capstan install`.';
  throw new HostError('ADAPTER_NOT_FOUND', `${capability} has no adapter "${wanted}".`, {
    hint,
    details: { capability, adapter: wanted, known: names },
  });
}

/** A module of a Python package may be named with dots: `words.adapters:Counting` is in `words/adapters.py`. */
function pathOf(wanted: string): string {
  const [module = '', name = ''] = wanted.split(':');
  return `${module.replaceAll('.', '/')}.py:${name}`;
}

function incompatible(capability: string, unfit: readonly OfferedAdapter[]): HostError {
  const said = unfit.map(
    ({ name, task, verdict }) =>
      `${capability} cannot be adapted to ${task} by ${name}: ${verdict.reason}`,
  );
  const [first] = unfit;
  return new HostError('ADAPTER_INCOMPATIBLE', `${said.join('.\n')}.`, {
    hint: `See \`capstan check ${capability} ${first?.class ?? ''}\`.`.replace(' `', '`'),
    details: {
      capability,
      adapter: first?.name,
      task: first?.task,
      missing: unfit.map(({ name, task, verdict }) => ({ adapter: name, task, ...verdict })),
    },
  });
}
