import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ActionDescription } from '@capstan/protocol';
import { HostError, messageOf } from '../errors.ts';
import type { ProtocolMembers } from './match.ts';

/**
 * The record of an adapter: which task it gives, and what it needs of a tool. It stands beside the manifests
 * of capabilities and is told apart by `"unit": "adapter"`.
 */
export interface AdapterManifest {
  /** Absolute path of the file it was read from. */
  file: string;
  /** `module.Class`. */
  name: string;
  version: string;
  task_name: string;
  module: string;
  class: string;
  /** In full, `module.Protocol`; empty when it needs nothing of its tool. */
  required_tool_protocol: string;
  protocol_members: ProtocolMembers;
  conda_env: string;
  generated_at: string;
  /** Null in a manifest that another program wrote. */
  capstan: {
    /** The capability it was installed with. */
    capability: string;
    /** The key of the environment that has its code. */
    environment: string;
    /** `module:Class`, as a worker of that environment finds it. */
    spec: string;
    methods: { [name: string]: ActionDescription };
  } | null;
}

const names = z.array(z.string());
const nonBlank = z.string().refine((text) => text.trim() !== '', 'must not be blank');
const layout = z.looseObject({
  name: nonBlank,
  version: z.string().default(''),
  task_name: nonBlank,
  module: nonBlank,
  class: nonBlank,
  required_tool_protocol: z.string().default(''),
  protocol_members: z.looseObject({
    methods: z
      .array(
        z.looseObject({
          name: z.string(),
          signature: z.string().default(''),
          params: names.default([]),
        }),
      )
      .default([]),
    properties: names.default([]),
  }),
  conda_env: z.string().default(''),
  generated_at: z.string().default(''),
  capstan: z
    .looseObject({
      capability: z.string(),
      environment: z.string(),
      spec: z.string().default(''),
      methods: z.record(z.string(), z.looseObject({})).default({}),
    })
    .optional(),
});

/** Reads an adapter's manifest; null when the text is that of something else. Throws MANIFEST_INVALID. */
export function parseAdapterManifest(text: string, file: string): AdapterManifest | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(file, [`it is not JSON (${messageOf(error)})`]);
  }
  if (!isAdapterDocument(value)) return null;
  const checked = layout.safeParse(value);
  if (!checked.success) {
    const problems = checked.error.issues.map(
      ({ path, message }) => `${path.map(String).join('.')}: ${message}`,
    );
    throw invalid(file, problems);
  }
  // The schema has just been held against it; the interface says the same in TypeScript's words.
  const { capstan = null, ...members }: Omit<AdapterManifest, 'file'> = JSON.parse(
    JSON.stringify(checked.data),
  );
  return { ...members, capstan, file };
}

/** Whether a document is an adapter's manifest; asked before anything else of it is looked at. */
export const isAdapterDocument = (document: unknown): boolean =>
  typeof document === 'object' &&
  document !== null &&
  'unit' in document &&
  document.unit === 'adapter';

export interface FoundAdapters {
  /** In the order of their files' names. Of several with one name in one environment, the first. */
  adapters: AdapterManifest[];
  problems: HostError[];
  /** Names of all files there that are of adapters, usable or not. */
  files: string[];
}

/** All adapters recorded in a folder of manifests. A file that cannot be used is a problem, the others still count. */
export async function readAdapterManifests(manifestsDir: string): Promise<FoundAdapters> {
  const files = (await readdir(manifestsDir).catch(() => []))
    .filter((name) => name.endsWith('.json'))
    .toSorted();
  const texts = await Promise.all(
    files.map((name) => readFile(join(manifestsDir, name), 'utf8').catch(() => '{}')),
  );
  const adapters: AdapterManifest[] = [];
  const problems: HostError[] = [];
  const ofAdapters: string[] = [];
  for (const [index, name] of files.entries()) {
    const text = texts[index] ?? '{}';
    // the manifests of capabilities are longer by far, and none of them has to be parsed for this
    if (!/"unit"\s*:\s*"adapter"/.test(text)) continue;
    ofAdapters.push(name);
    try {
      const found = parseAdapterManifest(text, join(manifestsDir, name));
      if (found !== null && !adapters.some((other) => isSame(other, found))) adapters.push(found);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      problems.push(error);
    }
  }
  return { adapters, problems, files: ofAdapters };
}

const isSame = (a: AdapterManifest, b: AdapterManifest): boolean =>
  a.name === b.name &&
  a.task_name === b.task_name &&
  a.conda_env === b.conda_env &&
  a.capstan?.capability === b.capstan?.capability;

const invalid = (file: string, problems: string[]): HostError =>
  new HostError(
    'MANIFEST_INVALID',
    `The adapter manifest ${file} cannot be used: ${problems.join('; ')}.`,
    {
      hint: 'Run `capstan install --force` for the capability that brings it, or remove the file.',
      details: { file, problems },
    },
  );
