import { isDeepStrictEqual } from 'node:util';
import type { JsonObject, JsonSchema } from '@capstan/protocol';
import {
  checkConfig,
  configHash,
  type ConfigSource,
  dropUnknown,
  effectiveConfig,
  type InstalledCapability,
  manifestNeeds,
  type Needs,
  problemLines,
  withAdapters,
} from '../capabilities/index.ts';
import { HostError } from '../errors.ts';
import type { InstanceKind } from './view.ts';

/** A configuration that was set at run time: over what is declared, or as a whole on the defaults alone. */
export interface ConfigRecord {
  config: JsonObject | null;
  whole: boolean;
}

/** What was said of an instance at run time. */
export interface Said {
  record: ConfigRecord;
  env: { [name: string]: string };
  adapters?: readonly string[];
  slots?: number;
  lenient?: boolean;
}

export const nothingSaid: Said = { record: { config: null, whole: false }, env: {} };

/** Everything a worker of an instance is started with, and the bounds of the instance. */
export interface Setup {
  id: string;
  kind: InstanceKind;
  /** With the adapters that this instance binds. */
  capability: InstalledCapability;
  /** Complete: what nobody set has its default. */
  config: JsonObject;
  sources: { [setting: string]: ConfigSource };
  configHash: string;
  /** Values for declared variables that are not secret. */
  env: { [name: string]: string };
  slots: number;
  /** What its calls are taken to need until that is measured: as declared, else as its manifest says. */
  needs: Needs;
  idleMs: number;
  /** So long without news, and a phase of its worker hangs. */
  silenceMs: number;
  /** Settings that nobody knows and nobody takes. */
  warnings: string[];
}

/**
 * What an instance is to be: as installed and declared, then as said at run time. Settings that were recorded
 * and that the capability does not know any more are left out with a warning, for an upgrade must not end in
 * an instance that cannot be started. Throws CONFIG_INVALID with every problem, ADAPTER_NOT_FOUND,
 * ADAPTER_INCOMPATIBLE.
 */
export function setupOf(
  { id, kind }: { id: string; kind: InstanceKind },
  capability: InstalledCapability,
  said: Said,
): Setup {
  const declared = capability.instances.find((instance) => instance.id === id);
  const adapters = said.adapters ?? declared?.adapters ?? null;
  const bound = adapters === null ? capability : withAdapters(capability, adapters);
  const configured = configurationOf(id, capability, said);
  const needs = declared?.needs ?? capability.needs;
  const fromManifest = manifestNeeds(capability.manifest.code.resources);
  return {
    id,
    kind,
    capability: bound,
    ...configured,
    configHash: configHash(configured.config),
    env: { ...declared?.env, ...said.env },
    slots: said.slots ?? declared?.slots ?? capability.slots,
    needs: needs ?? fromManifest.needs,
    warnings: [...configured.warnings, ...(needs === undefined ? fromManifest.warnings : [])],
    idleMs: declared?.idleMs ?? capability.idleMs,
    silenceMs: capability.silenceMs,
  };
}

function configurationOf(
  id: string,
  capability: InstalledCapability,
  said: Said,
): Pick<Setup, 'config' | 'sources' | 'warnings'> {
  const { problems, ...configured } = configuredAs(id, capability, said);
  if (problems.length > 0) throw configInvalid(id, problems);
  return configured;
}

/** The configuration that follows from what is declared and said, and all that is wrong with it. */
export function configuredAs(
  id: string,
  capability: InstalledCapability,
  said: Said,
): Pick<Setup, 'config' | 'sources' | 'warnings'> & { problems: Problems } {
  const { configSchema: schema } = capability;
  const declared = declaredLayers(id, capability);
  const { record, outdated } = withoutOutdated(said.record, schema);
  const { values, sources } = effectiveConfig({ schema, declared, record });
  const lenient = said.lenient ?? capability.lenient;
  const checked = checkConfig(values, schema, { lenient });
  const known = Object.entries(sources).filter(([key]) => Object.hasOwn(checked.values, key));
  return {
    config: checked.values,
    sources: Object.fromEntries(known),
    warnings: [...checked.warnings, ...outdated.map((name) => leftOut(id, name))],
    problems: checked.problems,
  };
}

/** What `capstan.yaml` says: of the capability, and over it of the instance. */
function declaredLayers(id: string, { config, instances }: InstalledCapability): JsonObject[] {
  const declared = instances.find((instance) => instance.id === id);
  return [config, ...(declared === undefined ? [] : [declared.config])];
}

/**
 * Holds what somebody has just said against the schema: what is not known is a mistake here, and no remainder of
 * an earlier version. Answers what a lenient instance drops of it. Throws CONFIG_INVALID with every problem.
 */
export function mustFit(id: string, capability: InstalledCapability, said: Said): string[] {
  const { configSchema: schema, lenient } = capability;
  const declared = declaredLayers(id, capability);
  const { values } = effectiveConfig({ schema, declared, record: said.record });
  const checked = checkConfig(values, schema, { lenient: said.lenient ?? lenient });
  if (checked.problems.length > 0) throw configInvalid(id, checked.problems);
  return checked.warnings;
}

const leftOut = (id: string, name: string): string =>
  `the setting "${name}" was set once and is not known any more; it is left out (\`capstan config unset ${id} ${name.split('.', 1)[0]}\` forgets it)`;

/** What was recorded, without the settings that the capability does not know any more. */
export function withoutOutdated(
  record: ConfigRecord,
  schema: JsonSchema | undefined,
): { record: ConfigRecord; outdated: string[] } {
  const { config } = record;
  if (config === null) return { record, outdated: [] };
  const { values, unknown } = dropUnknown(config, schema);
  return { record: { ...record, config: values }, outdated: unknown };
}

type Problems = ReturnType<typeof checkConfig>['problems'];

export function configInvalid(id: string, problems: Problems): HostError {
  const lines = problemLines(problems);
  const [first = ''] = lines;
  const message =
    lines.length === 1
      ? `The configuration of ${id} cannot be used: ${first}.`
      : `The configuration of ${id} cannot be used:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return new HostError('CONFIG_INVALID', message, {
    hint: `\`capstan config schema ${id}\` shows what there is to set.`,
    details: { instance: id, problems },
  });
}

/** Whether a worker that was started with one can go on with the other, but for its configuration. */
export function sameButConfig(a: Setup, b: Setup): boolean {
  return a === b || isDeepStrictEqual(ofWorker(a), ofWorker(b));
}

/** Whether a worker that was started with one is what is wanted with the other. */
export const isSame = (a: Setup, b: Setup): boolean =>
  a === b || (isDeepStrictEqual(a.config, b.config) && sameButConfig(a, b));

function ofWorker({ capability: { manifest, ...capability }, env }: Setup): object {
  const { command, cwd, module, adapters, workerEnv, dialect } = capability;
  const { environment, source, sdk } = manifest.capstan ?? {};
  return {
    command,
    cwd,
    env: capability.env,
    overrides: env,
    module,
    class: capability.class,
    adapters,
    workerEnv,
    dialect,
    environment,
    source,
    sdk,
  };
}
