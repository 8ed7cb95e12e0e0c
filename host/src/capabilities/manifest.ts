import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type {
  ActionDescription,
  JsonObject,
  JsonSchema,
  StructuralSurface,
} from '@capstan/protocol';
import { condaKinds, type EnvironmentKind } from '../environments/index.ts';
import { HostError, messageOf } from '../errors.ts';
import { writeAtomically } from './atomic-write.ts';
import {
  formatPythonJson,
  isPythonObject,
  parsePythonJson,
  plainJson,
  type PythonObject,
} from './python-json.ts';
import { type Dialect, dialects } from './schema.ts';

/**
 * The record of an installed capability, in the 2.0 layout of nested sections. What Capstan adds stands
 * under one key of its own, `capstan`, so that other readers of the layout see what they know; what other
 * writers added is kept when a manifest is rewritten.
 */
export interface Manifest {
  /** Absolute path of the file it was read from. */
  file: string;
  /** Everything in the file, numbers as they are spelt. Rewrite this, never the views below. */
  document: PythonObject;
  install: InstallSection;
  code: CodeSection;
  drift: { configSchemaHash: string | null; surfaceHash: string | null };
  /** Null in a manifest that another program wrote. */
  capstan: CapstanSection | null;
}

export interface InstallSection {
  python_path: string;
  env_vars: { [name: string]: string };
  installed_at: string;
  installer_version: string;
  package_source: string;
}

export interface CodeSection {
  name: string;
  version: string;
  description: string;
  module: string;
  class: string;
  config_schema?: JsonSchema;
  structural_surface?: StructuralSurface;
  worker_env?: JsonObject[];
  resources?: JsonObject;
  regenerated_at?: string;
}

export interface CapstanSection {
  /** The protocol of its worker; our own unless said. */
  dialect?: Dialect;
  environment: {
    kind: EnvironmentKind;
    key: string;
    path: string;
    lock_hash: string;
    interpreter: string;
    interpreter_version: string;
  };
  /** What starts a worker. */
  command: string[];
  /** What that worker is told to load; may be a path below the environment's `code/`. */
  module: string;
  class: string;
  actions: { [name: string]: ActionDescription };
  /** Typed tasks, by the adapter that gives them. */
  adapters: AdapterSection[];
  sdk: { name: string; version: string; sha256: string };
  source: { spec: string; hash: string | null };
  /** Hash of what `capstan.yaml` asked for; another one means "install again". */
  requirement_hash: string;
}

export interface AdapterSection {
  spec: string;
  name: string;
  task_name: string;
  methods: { [name: string]: ActionDescription };
}

const nonBlank = z.string().refine((text) => text.trim() !== '', 'must not be blank');
const hash = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be "sha256:" and 64 hex digits');
const object = z.record(z.string(), z.unknown());
const described = z.looseObject({ description: z.string(), input: object, effects: z.string() });

const layout = z.looseObject({
  install: z.looseObject({
    python_path: nonBlank,
    conda_env: z.string().optional(),
    db_path: z.string().optional(),
    env_vars: z.record(z.string(), z.string()).optional(),
    installed_at: z.string().optional(),
    installer_version: z.string().optional(),
    package_source: z.string().optional(),
  }),
  code: z.looseObject({
    name: nonBlank,
    version: nonBlank,
    description: nonBlank,
    module: nonBlank,
    class: nonBlank,
    config_schema: object.optional(),
    structural_surface: object.optional(),
    worker_env: z.array(object).optional(),
    resources: object.optional(),
    regenerated_at: z.string().optional(),
  }),
  drift_tracking: z.looseObject({
    config_schema_hash: hash.nullish(),
    structural_surface_hash: hash.nullish(),
  }),
  overrides: object.optional(),
  capstan: z
    .looseObject({
      dialect: z.enum(dialects).optional(),
      environment: z.looseObject({
        kind: z.enum(['npm', 'uv', 'venv', ...condaKinds, 'command']),
        key: nonBlank,
        path: nonBlank,
        lock_hash: hash,
        interpreter: nonBlank,
        interpreter_version: nonBlank,
      }),
      command: z.array(z.string()).min(1),
      module: nonBlank,
      class: z.string(),
      actions: z.record(z.string(), described),
      adapters: z.array(
        z.looseObject({
          spec: nonBlank,
          name: z.string(),
          task_name: nonBlank,
          methods: z.record(z.string(), described),
        }),
      ),
      sdk: z.looseObject({ name: z.string(), version: z.string(), sha256: z.string() }),
      source: z.looseObject({ spec: z.string(), hash: z.string().nullable() }),
      requirement_hash: nonBlank,
    })
    .optional(),
});

/** Reads and checks a manifest. Throws `MANIFEST_INVALID` that names the member, or `FILE_NOT_FOUND`. */
export async function readManifest(file: string): Promise<Manifest> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new HostError('FILE_NOT_FOUND', `There is no readable manifest ${file}.`, {
      cause,
      details: { path: file },
    });
  });
  return parseManifest(text, file);
}

export function parseManifest(text: string, file: string): Manifest {
  const document = parseDocument(text, file);
  const plain = plainJson(document);
  const checked = layout.safeParse(plain);
  if (!checked.success) {
    const problems = checked.error.issues.map(
      ({ path, message }) => `${path.map(String).join('.')}: ${message}`,
    );
    throw invalid(file, problems.join('; '), { problems });
  }
  // The schema has just been held against it; the interfaces say the same in TypeScript's words.
  const sections: Sections = JSON.parse(JSON.stringify(plain));
  const { install, code, drift_tracking: drift, capstan } = sections;
  return {
    file,
    document,
    install: { ...blankInstall, ...install },
    code,
    drift: {
      configSchemaHash: drift.config_schema_hash ?? null,
      surfaceHash: drift.structural_surface_hash ?? null,
    },
    capstan: capstan ?? null,
  };
}

interface Sections {
  install: Partial<InstallSection> & Pick<InstallSection, 'python_path'>;
  code: CodeSection;
  drift_tracking: {
    config_schema_hash?: string | null;
    structural_surface_hash?: string | null;
  };
  capstan?: CapstanSection;
}

const blankInstall = {
  env_vars: {},
  installed_at: '',
  installer_version: '',
  package_source: '',
} as const;

/** Writes a manifest's document so that a reader finds the old one or the new one, never half of it. */
export async function writeManifest(file: string, document: PythonObject): Promise<void> {
  await writeAtomically(file, `${formatPythonJson(document)}\n`);
}

function parseDocument(text: string, file: string): PythonObject {
  let document: ReturnType<typeof parsePythonJson>;
  try {
    document = parsePythonJson(text);
  } catch (error) {
    throw invalid(file, `it is not JSON (${messageOf(error)})`);
  }
  if (!isPythonObject(document)) throw invalid(file, 'it is not an object');
  if (document['unit'] === 'adapter') {
    throw invalid(file, 'it is that of an adapter, not of a capability');
  }
  const version = document['format_version'];
  if (version !== '2.0') {
    const found = version === undefined ? 'it has none' : `it says ${formatPythonJson(version)}`;
    throw invalid(file, `format_version must be "2.0"; ${found}`);
  }
  return document;
}

const invalid = (file: string, why: string, details: { [key: string]: unknown } = {}): HostError =>
  new HostError('MANIFEST_INVALID', `The manifest ${file} cannot be used: ${why}.`, {
    hint: 'Run `capstan install --force` for this capability to write it anew.',
    details: { file, ...details },
  });
