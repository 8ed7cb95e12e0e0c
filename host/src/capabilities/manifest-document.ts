import type { BuiltEnvironment } from '../environments/index.ts';
import { dialectOf } from './cjm/command.ts';
import type { Introspected } from './introspect.ts';
import type { Manifest } from './manifest.ts';
import {
  canonicalHash,
  isPythonObject,
  type PythonJson,
  type PythonObject,
} from './python-json.ts';

/** Everything an installation found out, on its way into a manifest. */
export interface InstalledFacts {
  name: string;
  command: string[];
  module: string;
  /** `module:Class` of those that every instance binds unless it says otherwise. */
  bound: ReadonlySet<string>;
  source: { spec: string; hash: string | null };
  requirementHash: string;
  built: BuiltEnvironment;
  sdkHash: string;
  introspected: Introspected;
  installerVersion: string;
  now: string;
}

/** Optional members of `code` that describe the code as it was: absent now means gone. */
const described = ['resources', 'config_schema', 'worker_env', 'structural_surface'];

/**
 * The manifest of a new installation. What an earlier one recorded and we do not set ourselves
 * (environment variables, overrides, other programs' members) is kept.
 */
export function manifestDocument(facts: InstalledFacts, earlier: Manifest | null): PythonObject {
  const previous = earlier?.document ?? {};
  return {
    ...previous,
    format_version: '2.0',
    install: {
      ...installDefaults,
      ...section(previous, 'install'),
      ...installSection(facts, earlier),
    },
    ...witnessSections(facts, previous, earlier === null ? null : facts.now),
    overrides: previous['overrides'] ?? {},
    capstan: { ...section(previous, 'capstan'), ...capstanSection(facts) },
  };
}

/** What an introspection found, on its way into a manifest. */
export type Described = Pick<InstalledFacts, 'name' | 'module' | 'bound' | 'introspected' | 'now'>;

/**
 * A manifest with what its code offers recorded anew, and all the rest as it was: how it was installed,
 * overrides, and every member that somebody else put there.
 */
export function regeneratedDocument(facts: Described, earlier: Manifest): PythonObject {
  const previous = earlier.document;
  const capstan = section(previous, 'capstan');
  const { sdk } = facts.introspected.facts;
  return {
    ...previous,
    ...witnessSections(facts, previous, facts.now),
    capstan: {
      ...capstan,
      ...offeredSection(facts),
      sdk: { ...section(capstan, 'sdk'), name: sdk.name, version: sdk.version },
    },
  };
}

function witnessSections(
  facts: Described,
  previous: PythonObject,
  regeneratedAt: string | null,
): { code: PythonObject; drift_tracking: PythonObject } {
  const { document: found } = facts.introspected;
  const kept = Object.fromEntries(
    Object.entries(section(previous, 'code')).filter(([member]) => !described.includes(member)),
  );
  return {
    code: {
      ...kept,
      ...codeSection(facts),
      ...(regeneratedAt === null ? {} : { regenerated_at: regeneratedAt }),
    },
    drift_tracking: {
      ...section(previous, 'drift_tracking'),
      config_schema_hash: canonicalHash(found['config_schema'] ?? null),
      structural_surface_hash: canonicalHash(found['structural_surface'] ?? null),
    },
  };
}

const installDefaults = { conda_env: '', db_path: '', env_vars: {} };

function installSection(facts: InstalledFacts, earlier: Manifest | null): PythonObject {
  return {
    python_path: facts.built.record.interpreter,
    installed_at: earlier?.install.installed_at || facts.now,
    installer_version: `capstan ${facts.installerVersion}`,
    package_source: facts.source.spec,
  };
}

function codeSection({ name, module, introspected }: Described): PythonObject {
  const { document: found, facts } = introspected;
  const optional = described.flatMap((member): [string, PythonJson][] => {
    const value = found[member] ?? null;
    return value === null || (Array.isArray(value) && value.length === 0) ? [] : [[member, value]];
  });
  return {
    name,
    version: facts.version || '0',
    description: facts.description || name,
    module: facts.module || module,
    class: facts.class || facts.name || name,
    ...Object.fromEntries(optional),
  };
}

function capstanSection(facts: InstalledFacts): PythonObject {
  const { built, introspected } = facts;
  const { sdk } = introspected.facts;
  return {
    dialect: dialectOf(facts.command),
    environment: {
      kind: built.record.kind,
      key: built.key,
      path: built.folder,
      lock_hash: built.record.lockHash,
      interpreter: built.record.interpreter,
      interpreter_version: built.record.interpreterVersion,
    },
    command: facts.command,
    module: facts.module,
    ...offeredSection(facts),
    sdk: { name: sdk.name, version: sdk.version, sha256: facts.sdkHash },
    source: { spec: facts.source.spec, hash: facts.source.hash },
    requirement_hash: facts.requirementHash,
  };
}

/** Everything that can be called. */
function offeredSection({ introspected, bound }: Described): PythonObject {
  const { document: found, facts } = introspected;
  const adapters = Array.isArray(found['adapters']) ? found['adapters'].filter(isPythonObject) : [];
  return {
    class: facts.class,
    actions: found['actions'] ?? {},
    adapters: adapters
      .map((adapter, index) => ({ adapter, spec: specOf(facts.adapters[index]) }))
      .filter(({ spec }) => bound.has(spec))
      .map(({ adapter, spec }) => ({
        spec,
        name: adapter['name'] ?? '',
        task_name: adapter['task_name'] ?? '',
        methods: adapter['methods'] ?? {},
      })),
  };
}

const section = (document: PythonObject, name: string): PythonObject => {
  const found = document[name];
  return isPythonObject(found) ? found : {};
};

/** `module:Class`, as it is given to a worker. */
export const specOf = (adapter: Introspected['facts']['adapters'][number] | undefined): string =>
  adapter === undefined ? '' : `${adapter.module}:${adapter.class}`;

/** Manifests of the adapters, bound or not, for whoever matches them against tools. */
export function adapterDocuments(
  facts: Pick<InstalledFacts, 'name' | 'introspected' | 'now'> & { environmentKey: string },
): { file: string; document: PythonObject }[] {
  const { document } = facts.introspected;
  const adapters = Array.isArray(document['adapters']) ? document['adapters'] : [];
  return facts.introspected.facts.adapters.map((adapter, index) => {
    const found = adapters[index];
    const recorded: PythonObject = isPythonObject(found) ? found : {};
    return {
      file: `adapter-${inFileName(adapter.task_name)}-${inFileName(adapter.class)}`,
      document: {
        unit: 'adapter',
        name: adapter.name,
        version: adapter.version,
        task_name: adapter.task_name,
        module: adapter.module,
        class: adapter.class,
        required_tool_protocol: adapter.required_tool_protocol,
        protocol_members: recorded['protocol_members'] ?? { methods: [], properties: [] },
        conda_env: '',
        generated_at: facts.now,
        capstan: {
          capability: facts.name,
          environment: facts.environmentKey,
          spec: specOf(adapter),
          methods: recorded['methods'] ?? {},
        },
      },
    };
  });
}

/** A task is called whatever its author likes. */
const inFileName = (text: string): string => text.replaceAll(/[^\w.-]+/g, '_').slice(0, 80);
