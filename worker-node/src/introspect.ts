import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type ActionDescription,
  expandFiles,
  type Introspection,
  type JsonObject,
  protocolVersions,
} from '@capstan/protocol';
import { inputSchema } from './actions.ts';
import { loadAdapter } from './adapters.ts';
import type { Action, Capability, EnvironmentVariable } from './capability.ts';
import { toWireError } from './classify.ts';
import { loadCapability } from './load.ts';
import { sdk } from './sdk.ts';
import { surfaceOf } from './surface.ts';

/** `introspect --module M [--class C] [--adapter M:C]… --out FILE`: one Introspection, or `{"error": …}` and exit 1. */
export async function introspect(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      module: { type: 'string' },
      class: { type: 'string', default: '' },
      adapter: { type: 'string', multiple: true, default: [] },
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
    found = await describe(module, values.class, values.adapter);
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
    worker_env: capability.environment.map(describeVariable),
    resources: { concurrency: capability.concurrency },
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
  const { toolProtocol } = adapter;
  return {
    name: adapter.name,
    version: adapter.version ?? '0.0.0',
    task_name: adapter.taskName,
    module: spec.slice(0, spec.lastIndexOf(':')),
    class: spec.slice(spec.lastIndexOf(':') + 1),
    required_tool_protocol: toolProtocol?.name ?? '',
    protocol_members: {
      methods: Object.entries(toolProtocol?.methods ?? {})
        .map(([name, params]) => ({ name, signature: `(${params.join(', ')})`, params }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      properties: (toolProtocol?.properties ?? []).toSorted(),
    },
    methods: Object.fromEntries(
      methods.map(({ name }) => {
        const declared = adapter.methods?.[name];
        return [name, declared === undefined ? anything : describeAction(declared)];
      }),
    ),
  };
}

const describeVariable = ({ name, ...rest }: EnvironmentVariable): JsonObject => ({
  name,
  secret: false,
  required: false,
  ...rest,
});
