import { writeFileSync } from 'node:fs';
import { basename, extname, isAbsolute } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type ActionDescription,
  expandFiles,
  type Introspection,
  protocolVersions,
} from '@capstan/protocol';
import { inputSchema } from './actions.ts';
import type { AdapterClass } from './adapter.ts';
import { adaptersOf, loadAdapter } from './adapters.ts';
import type { Action, Capability } from './capability.ts';
import { toWireError } from './classify.ts';
import { FatalError } from './errors.ts';
import { loadCapability } from './load.ts';
import { sdk } from './sdk.ts';
import { surfaceOf } from './surface.ts';
import { describeVariables } from './variables.ts';

/**
 * `introspect --module M [--class C] [--adapter M:C]… [--find-adapters] --out FILE`: one Introspection, or
 * `{"error": …}` and exit 1.
 */
export async function introspect(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      module: { type: 'string' },
      class: { type: 'string', default: '' },
      adapter: { type: 'string', multiple: true, default: [] },
      'find-adapters': { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const { module, out } = values;
  if (module === undefined || out === undefined) {
    process.stderr.write('introspect needs --module and --out\n');
    process.exit(2);
  }
  let failed = false;
  let found: unknown;
  try {
    const exported = values['find-adapters'] ? await adaptersOf(module) : [];
    const adapters = [...new Set([...values.adapter, ...exported])];
    found = await describe(module, values.class, adapters);
  } catch (error) {
    failed = true;
    found = { error: toWireError(error) };
  }
  writeFileSync(out, `${JSON.stringify(found, null, 2)}\n`);
  // a module that left timers or sockets behind must not keep the introspection waiting
  process.exit(failed ? 1 : 0);
}

async function describe(
  module: string,
  className: string,
  adapters: string[],
): Promise<Introspection> {
  const capability = await loadCapability(module, className);
  await capability.identify?.();
  return {
    name: capability.name,
    version: capability.version,
    description: capability.description,
    module,
    class: className,
    config_schema: capability.getConfigSchema(),
    structural_surface: surfaceOf(capability),
    actions: describeAll(capability.actions),
    adapters: await Promise.all(adapters.map(describeAdapter)),
    worker_env: describeVariables(capability.environment),
    resources: { concurrency: capability.concurrency, ...capability.resources },
    runtime: { language: 'node', version: process.versions.node, interpreter: process.execPath },
    sdk: { ...sdk, protocol: protocolVersions },
  };
}

function describeAll(actions: Capability['actions']): { [name: string]: ActionDescription } {
  return Object.fromEntries(
    Object.entries(actions).map(([name, action]) => [name, describeAction(action)]),
  );
}

function describeAction(action: Omit<Action, 'run'>): ActionDescription {
  return {
    description: action.description ?? '',
    input: inputSchema(action),
    output: action.output === undefined ? null : expandFiles(action.output),
    effects: action.effects ?? 'idempotent',
  };
}

const anything = {
  description: '',
  input: { type: 'object' },
  output: null,
  effects: 'idempotent',
} as const;

async function describeAdapter(spec: string): Promise<Introspection['adapters'][number]> {
  const adapter = await loadAdapter(spec);
  const { methods } = surfaceOf(Object.create(adapter.prototype));
  const module = spec.slice(0, spec.lastIndexOf(':'));
  const className = spec.slice(spec.lastIndexOf(':') + 1);
  return {
    name: `${moduleName(module)}.${className}`,
    version: adapter.version ?? '',
    task_name: adapter.taskName,
    module,
    class: className,
    ...describeProtocol(adapter.toolProtocol, module),
    methods: Object.fromEntries(
      methods.map(({ name }) => {
        const declared = adapter.methods?.[name];
        return [name, declared === undefined ? anything : describeAction(declared)];
      }),
    ),
  };
}

type DescribedProtocol = Pick<
  Introspection['adapters'][number],
  'required_tool_protocol' | 'protocol_members'
>;

/** What an adapter asks of a tool: the members of a class, or the same in words. */
function describeProtocol(
  protocol: AdapterClass['toolProtocol'],
  module: string,
): DescribedProtocol {
  if (protocol === undefined) {
    return { required_tool_protocol: '', protocol_members: { methods: [], properties: [] } };
  }
  const required_tool_protocol = `${moduleName(module)}.${protocol.name}`;
  if (typeof protocol === 'function') {
    const { methods, properties } = surfaceOf(Object.create(protocol.prototype as object));
    if (methods.length + properties.length === 0) {
      throw new FatalError(`the protocol ${protocol.name} asks for nothing`, {
        code: 'IMPORT_FAILED',
        hint: 'Abstract members and fields leave no trace when the types are gone: give its methods and getters a body, `{ return needed(); }`.',
      });
    }
    return { required_tool_protocol, protocol_members: { methods, properties } };
  }
  const methods = Object.entries(protocol.methods ?? {})
    .map(([name, params]) => ({ name, signature: `(${params.join(', ')})`, params: [...params] }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const properties = (protocol.properties ?? []).toSorted();
  return { required_tool_protocol, protocol_members: { methods, properties } };
}

/** What a module is called in full names: `words` for `/…/words.ts`, or the name of its package. */
const moduleName = (module: string): string =>
  isAbsolute(module) ? basename(module, extname(module)) : module;
