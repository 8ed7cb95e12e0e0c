import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Json, JsonObject } from '@capstan/protocol';
import { defaults } from '../defaults.ts';
import { HostError } from '../errors.ts';
import {
  type CapabilityText,
  type WorkspaceText,
  workspaceJsonSchema,
  workspaceSchema,
} from './schema.ts';
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
  config: JsonObject;
  adapters: string[];
  idleMs: number;
  slots: number;
  /** Where a member of this entry stands in the file, e.g. `where('config', 'rate')`. */
  where: (...path: (string | number)[]) => Position;
}

export interface Workspace {
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
  return { root, file, capabilities: parseWorkspace(text, file) };
}

export function parseWorkspace(text: string, file: string): CapabilityDeclaration[] {
  const yaml = new YamlText(text, file);
  if (yaml.problems.length > 0) throw problemsError('DECLARATION_INVALID', file, yaml.problems);
  if (yaml.value === null || yaml.value === undefined) {
    const message = 'the file is empty; it needs a list `capabilities:`, which may be []';
    throw problemsError('DECLARATION_INVALID', file, [{ message, line: 1, column: 1 }]);
  }
  const parsed = workspaceSchema.safeParse(yaml.value);
  const problems = parsed.success
    ? duplicates(parsed.data, yaml)
    : problemsOf(parsed.error.issues, yaml, workspaceJsonSchema());
  if (problems.length > 0) throw problemsError('DECLARATION_INVALID', file, problems);
  return (parsed.data?.capabilities ?? []).map((entry, index) => completed(entry, index, yaml));
}

function duplicates({ capabilities }: WorkspaceText, yaml: YamlText): Problem[] {
  return capabilities.flatMap(({ name }, index) => {
    const first = capabilities.findIndex((other) => other.name === name);
    if (first === index) return [];
    const { line } = yaml.position(['capabilities', first, 'name']);
    const message = `the name "${name}" is taken by the capability in line ${line}`;
    return [{ message, ...yaml.position(['capabilities', index, 'name']) }];
  });
}

function completed(entry: CapabilityText, index: number, yaml: YamlText): CapabilityDeclaration {
  const { environment } = entry;
  return {
    name: entry.name,
    environment: typeof environment === 'string' ? { kind: environment } : environment,
    source: entry.source ?? null,
    module: entry.module ?? null,
    class: entry.class ?? null,
    config: Object.fromEntries(
      Object.entries(entry.config ?? {}).map(([key, value]) => [key, jsonOf(value)]),
    ),
    adapters: (entry.adapters ?? []).map((one) => (typeof one === 'string' ? one : one.impl)),
    idleMs: entry.idleSeconds === undefined ? defaults.idleMs : entry.idleSeconds * 1000,
    slots: entry.slots ?? defaults.instanceSlots,
    where: (...path) => yaml.position(['capabilities', index, ...path]),
  };
}

/** YAML can say things JSON cannot (dates, sets); they become what JSON makes of them. */
function jsonOf(value: unknown): Json {
  const copy: Json = JSON.parse(JSON.stringify(value ?? null));
  return copy;
}
