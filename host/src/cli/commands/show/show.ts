import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { installedCapability } from '../../installed.ts';
import {
  namedInstance,
  variableRows,
  variablesOf,
  type VariableView,
} from '../../instance-variables.ts';
import type { ActionDescription, InstalledCapability, JsonSchema } from '../../runtime.ts';
import { oneLine, plain } from '../../terminal/plain.ts';
import { table } from '../../terminal/table.ts';
import { requireWorkspace } from '../../workspace.ts';
import { exampleCall } from './example-call.ts';
import { typeOf } from './type-of.ts';

export async function show(context: Context, name: string): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const runtime = await context.doors.declared();
  const capability = await installedCapability(runtime, root, context.io.env, name);
  const named = await namedInstance(context, root, name);
  const { variables } = (await variablesOf(context, root, named)) ?? { variables: [] };
  if (context.json) context.printJson({ ...documentOf(capability), variables });
  else context.print(...describe(context, capability), ...describeVariables(context, variables));
  return 0;
}

function describeVariables({ io, style }: Context, variables: readonly VariableView[]): string[] {
  if (variables.length === 0) return [];
  const layout = { columns: tableColumns(io) - 2, style };
  const lines = table(['VARIABLE', 'VALUE', 'FROM', ''], variableRows(variables), layout);
  return ['', ...lines.map((line) => `  ${line}`)];
}

function documentOf(capability: InstalledCapability): { [member: string]: unknown } {
  const { manifest, name, config, slots, idleMs, actions, tasks } = capability;
  const { environment, source, sdk } = manifest.capstan ?? {};
  return {
    name,
    version: manifest.code.version,
    description: manifest.code.description,
    environment,
    source,
    sdk,
    installedAt: manifest.install.installed_at,
    manifest: manifest.file,
    config,
    slots,
    idleMs,
    actions: Object.fromEntries(
      Object.entries(actions).map(([action, description]) => [
        action,
        { ...description, example: exampleCall(`${name}.${action}`, description.input) },
      ]),
    ),
    tasks,
  };
}

function describe(context: Context, capability: InstalledCapability): string[] {
  const { style } = context;
  const { manifest, name, actions, tasks } = capability;
  const { description, version } = manifest.code;
  const environment = manifest.capstan?.environment;
  const facts: [string, string][] = [
    ['environment', environment === undefined ? '-' : `${environment.kind}  ${environment.path}`],
    [
      'interpreter',
      `${environment?.interpreter ?? '-'}  ${environment?.interpreter_version ?? ''}`,
    ],
    ['source', manifest.capstan?.source.spec ?? '-'],
    ['manifest', manifest.file],
  ];
  const calls: [string, ActionDescription][] = [
    ...Object.entries(actions).map(([action, one]): [string, ActionDescription] => [
      `${name}.${action}`,
      one,
    ]),
    ...Object.entries(tasks).flatMap(([task, { methods }]) =>
      Object.entries(methods).map(([method, one]): [string, ActionDescription] => [
        `${name}.${task}.${method}`,
        one,
      ]),
    ),
  ];
  return [
    `${style.bold(plain(name))} ${version}`,
    ...(description === '' ? [] : [plain(description)]),
    '',
    ...facts.map(([fact, value]) => `${style.dim(fact.padEnd(12))} ${plain(value).trim()}`),
    ...calls.flatMap(([call, one]) => ['', ...describeCall(context, call, one)]),
  ];
}

function describeCall(
  { io, style }: Context,
  call: string,
  { description, input, output, effects }: ActionDescription,
): string[] {
  const required = (input['required'] ?? []) as string[];
  const properties = Object.entries((input['properties'] ?? {}) as { [name: string]: JsonSchema });
  const rows = properties.map(([name, schema]) => [
    name,
    typeOf(schema),
    required.includes(name) ? 'required' : defaultOf(schema),
    typeof schema['description'] === 'string' ? oneLine(schema['description']) : '',
  ]);
  const inputs =
    rows.length === 0
      ? ['no inputs']
      : table(['INPUT', 'TYPE', 'DEFAULT', ''], rows, { columns: tableColumns(io) - 2, style });
  return [
    `${style.bold(call)}  ${style.dim(effects)}`,
    ...(description === '' ? [] : [`  ${plain(description).replaceAll('\n', '\n  ')}`]),
    ...inputs.map((line) => `  ${line}`),
    ...(output === null ? [] : [`  ${style.dim('result')}  ${typeOf(output)}`]),
    `  ${style.cyan(`$ ${exampleCall(call, input)}`)}`,
  ];
}

const defaultOf = (schema: JsonSchema): string =>
  schema['default'] === undefined ? 'optional' : JSON.stringify(schema['default']);
