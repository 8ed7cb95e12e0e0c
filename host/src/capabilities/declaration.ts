import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Json, JsonObject, TracebackPolicy } from '@capstan/protocol';
import { defaults } from '../defaults.ts';
import { HostError } from '../errors.ts';
import type { LeaseRules } from '../kernel/index.ts';
import { leaseProblems, leaseRulesOf } from './lease-rules.ts';
import { leaseKeys } from './lease-schema.ts';
import {
  type CapabilityText,
  type Dialect,
  type WorkspaceText,
  workspaceJsonSchema,
  workspaceSchema,
} from './schema.ts';
import { needProblems, type Needs, needsOf } from './needs.ts';
import { readYamlText } from './read-text.ts';
import { problemsOf } from './schema-problems.ts';
import { type Position, type Problem, problemsError, YamlText } from './yaml-text.ts';

export type EnvironmentDeclaration = Exclude<CapabilityText['environment'], string>;

/** One entry of `capstan.yaml`, complete: every default filled in, every shorthand written out. */
export interface CapabilityDeclaration {
  name: string;
  environment: EnvironmentDeclaration;
  source: string | null;
  module: string | null;
  class: string | null;
  dialect: Dialect;
  config: JsonObject;
  /** Settings its schema does not know are dropped with a warning instead of refused. */
  lenient: boolean;
  /** Just these; null: every adapter that is found in its environment and fits. */
  adapters: string[] | null;
  idleMs: number;
  /** A phase of its worker that tells nothing new for so long hangs. */
  silenceMs: number;
  slots: number;
  /** A first guess of what its calls need; where nothing is said, the manifest's counts. */
  needs?: Needs | undefined;
  /** A worker that starts is compared with its manifest. */
  examinesDrift: boolean;
  /** What of its own exceptions leaves its worker. */
  tracebacks: TracebackPolicy;
  instances: DeclaredInstance[];
  /** Where a member of this entry stands in the file, e.g. `where('config', 'rate')`. */
  where: (...path: (string | number)[]) => Position;
}

/** A further instance of a capability; what is not said of it is as the capability says. */
export interface DeclaredInstance {
  id: string;
  /** Laid over the `config` of the capability. */
  config: JsonObject;
  /** As the capability's unless said. */
  adapters: string[] | null;
  idleMs: number;
  slots: number;
  /** As the capability's unless said. */
  needs?: Needs | undefined;
  /** Values for variables that the capability declares. */
  env: { [name: string]: string };
}

/** `capstan.yaml`: its capabilities, and the rules for claims and leases. */
export interface Workspace extends LeaseRules {
  root: string;
  /** Absolute path of its `capstan.yaml`. */
  file: string;
  capabilities: CapabilityDeclaration[];
}

const fileName = 'capstan.yaml';

/** The nearest folder upwards that holds a `capstan.yaml`, or null. */
export async function findWorkspace(from: string): Promise<string | null> {
  for (let folder = from; ; folder = dirname(folder)) {
    // oxlint-disable-next-line no-await-in-loop -- the nearest one counts
    const found = await stat(join(folder, fileName)).catch(() => null);
    if (found?.isFile()) return folder;
    if (folder === dirname(folder)) return null;
  }
}

/**
 * Reads the workspace's declarations. Throws `DECLARATION_INVALID` with every problem at once, each with
 * its line and column, and `WORKSPACE_NOT_FOUND` when there is no file.
 */
export async function readWorkspace(root: string): Promise<Workspace> {
  const file = join(root, fileName);
  const text = await readYamlText(
    file,
    (cause) =>
      new HostError('WORKSPACE_NOT_FOUND', `There is no ${file}.`, { cause, details: { file } }),
  );
  return { root, file, ...parseDeclarations(text, file) };
}

export const parseWorkspace = (text: string, file: string): CapabilityDeclaration[] =>
  parseDeclarations(text, file).capabilities;

/** Throws `DECLARATION_INVALID` with every problem at once. */
export function parseDeclarations(text: string, file: string): Omit<Workspace, 'root' | 'file'> {
  const yaml = new YamlText(text, file);
  if (yaml.problems.length > 0) throw problemsError('DECLARATION_INVALID', file, yaml.problems);
  if (yaml.value === null || yaml.value === undefined) {
    const message = 'the file is empty; it needs a list `capabilities:`, which may be []';
    throw problemsError('DECLARATION_INVALID', file, [{ message, line: 1, column: 1 }]);
  }
  const parsed = workspaceSchema.safeParse(yaml.value);
  const problems = parsed.success
    ? [
        ...duplicates(parsed.data, yaml),
        ...needProblems(parsed.data, yaml),
        ...leaseProblems(parsed.data, yaml),
      ]
    : problemsOf(parsed.error.issues, yaml, workspaceJsonSchema());
  problems.push(...withoutPurpose(yaml));
  if (problems.length > 0) throw problemsError('DECLARATION_INVALID', file, problems);
  const written = parsed.data ?? {};
  return {
    capabilities: (written.capabilities ?? []).map((entry, index) =>
      completed(entry, index, yaml, {
        examinesDrift: written.drift ?? true,
        tracebacks: written.tracebacks ?? defaults.tracebacks,
      }),
    ),
    ...leaseRulesOf(written, file),
  };
}

/** A file without `capabilities` declares something else at least. */
function withoutPurpose({ value }: YamlText): Problem[] {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  const keys = isMapping ? Object.keys(value) : ['capabilities'];
  const declaring = ['capabilities', ...Object.keys(leaseKeys)];
  if (keys.some((key) => declaring.includes(key))) return [];
  return [{ message: 'capabilities is missing', line: 1, column: 1 }];
}

/** One name means one thing, wherever a command or a composition says it. */
function duplicates({ capabilities = [] }: WorkspaceText, yaml: YamlText): Problem[] {
  const named = capabilities.map(({ name }, index) => ({
    name,
    what: 'capability',
    ...yaml.position(['capabilities', index, 'name']),
  }));
  const instances = capabilities.flatMap((entry, index) =>
    Object.keys(entry.instances ?? {}).map((name) => ({
      name,
      what: 'instance',
      ...yaml.keyPosition(['capabilities', index, 'instances'], name),
    })),
  );
  const all = [...named, ...instances];
  return all.flatMap(({ name, line, column }, index) => {
    const first = all.findIndex((other) => other.name === name);
    const taken = all[first];
    if (first === index || taken === undefined) return [];
    const message = `the name "${name}" is taken by the ${taken.what} in line ${taken.line}`;
    return [{ message, line, column }];
  });
}

function completed(
  entry: CapabilityText,
  index: number,
  yaml: YamlText,
  ofAll: Pick<CapabilityDeclaration, 'examinesDrift' | 'tracebacks'>,
): CapabilityDeclaration {
  const { environment } = entry;
  const own = {
    idleMs: entry.idleSeconds === undefined ? defaults.idleMs : entry.idleSeconds * 1000,
    silenceMs:
      entry.silenceSeconds === undefined ? defaults.phaseSilenceMs : entry.silenceSeconds * 1000,
    slots: entry.slots ?? defaults.instanceSlots,
  };
  const needs = needsIn(entry.resources);
  return {
    name: entry.name,
    environment: typeof environment === 'string' ? { kind: environment } : environment,
    source: entry.source ?? null,
    module: entry.module ?? null,
    class: entry.class ?? null,
    dialect: entry.dialect ?? 'capstan',
    config: jsonObject(entry.config),
    lenient: entry.lenient ?? false,
    adapters: entry.adapters?.map(specOf) ?? null,
    ...own,
    ...needs,
    examinesDrift: entry.drift ?? ofAll.examinesDrift,
    tracebacks: entry.tracebacks ?? ofAll.tracebacks,
    instances: Object.entries(entry.instances ?? {}).map(([id, said]) => ({
      id,
      config: jsonObject(said?.config),
      adapters: said?.adapters?.map(specOf) ?? null,
      idleMs: said?.idleSeconds === undefined ? own.idleMs : said.idleSeconds * 1000,
      slots: said?.slots ?? own.slots,
      ...(said?.resources === undefined ? needs : needsIn(said.resources)),
      env: Object.fromEntries(
        Object.entries(said?.env ?? {}).map(([name, value]) => [name, String(value)]),
      ),
    })),
    where: (...path) => yaml.position(['capabilities', index, ...path]),
  };
}

const needsIn = (written: CapabilityText['resources']): { needs?: Needs } =>
  written === undefined ? {} : { needs: needsOf(written) };

const specOf = (adapter: string | { impl: string }): string =>
  typeof adapter === 'string' ? adapter : adapter.impl;

const jsonObject = (given: { [key: string]: unknown } | undefined): JsonObject =>
  Object.fromEntries(Object.entries(given ?? {}).map(([key, value]) => [key, jsonOf(value)]));

/** YAML can say things JSON cannot (dates, sets); they become what JSON makes of them. */
function jsonOf(value: unknown): Json {
  const copy: Json = JSON.parse(JSON.stringify(value ?? null));
  return copy;
}
