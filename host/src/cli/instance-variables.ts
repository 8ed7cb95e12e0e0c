import { existsSync } from 'node:fs';
import { HostError } from '../errors.ts';
import { workspacePaths } from '../paths.ts';
import type { Context } from './context.ts';
import { inspect } from './inspect.ts';
import type { DeclaredVariables, EnvVarStatus } from './runtime.ts';
import { oneLine } from './terminal/plain.ts';
import { openSecretStore } from './unlocking.ts';

/** An instance, the capability it is of, and what was set for it. */
export interface NamedInstance {
  instance: string;
  declared: DeclaredVariables;
  /** In `capstan.yaml`. */
  written: { [name: string]: string };
  /** At run time. */
  set: { [name: string]: string };
}

/** Throws CAPABILITY_NOT_FOUND with the nearest name. */
export async function namedInstance(
  context: Context,
  root: string,
  instance: string,
): Promise<NamedInstance> {
  const { declaredVariables, didYouMean } = await context.doors.declared();
  const all = await declaredVariables(root, context.io.env);
  const rows = existsSync(workspacePaths(root).stateDb)
    ? await inspect(context, (view) => view.instances())
    : [];
  const row = rows.find((one) => one.instanceId === instance);
  const declared = all.find(
    ({ capability, instances }) =>
      capability === instance ||
      Object.hasOwn(instances, instance) ||
      (row !== undefined && row.capability === capability),
  );
  if (declared !== undefined) {
    const written = Object.hasOwn(declared.instances, instance)
      ? (declared.instances[instance] ?? {})
      : {};
    return { instance, declared, written, set: row?.env ?? {} };
  }
  const known = [
    ...all.flatMap((one) => [one.capability, ...Object.keys(one.instances)]),
    ...rows.map((one) => one.instanceId),
  ];
  throw new HostError(
    'CAPABILITY_NOT_FOUND',
    `There is no capability or instance \`${instance}\`.`,
    {
      hint: didYouMean(instance, [...new Set(known)]) ?? 'capstan.yaml declares none at all.',
      details: { instance, known },
    },
  );
}

/** All that can be told about a variable; of a secret there is no value. */
export interface VariableView extends EnvVarStatus {
  value?: string | null;
  default: string | null;
  options: string[];
}

/** The variables an instance gets. Null where its capability is not installed, so that nobody can know. */
export async function variablesOf(
  context: Context,
  root: string,
  { instance, declared, written, set }: NamedInstance,
): Promise<{ variables: VariableView[]; warnings: string[] } | null> {
  const { capability, specs, inherited, paths, dialect } = declared;
  if (specs === null) return null;
  const { variableStatuses, visibleVariables } = await context.doors.declared();
  const overrides = { ...written, ...set };
  const wanted = { capability, instance, specs, overrides, inherited, paths, dialect };
  const secretStore = await openSecretStore(context, root);
  const statuses = await variableStatuses({ ...wanted, secretStore });
  const { env, warnings } = visibleVariables(wanted);
  const variables = statuses.map((status, index) => ({
    ...status,
    ...(status.secret ? {} : { value: env[status.name] ?? inherited[status.name] ?? null }),
    default: specs[index]?.default ?? null,
    options: specs[index]?.options ?? [],
  }));
  return { variables, warnings };
}

/** A row for each: name, value, where it comes from, what it is. */
export const variableRows = (variables: readonly VariableView[]): string[][] =>
  variables.map((one) => [
    one.name,
    one.secret ? (one.satisfied ? '(secret, set)' : '(secret)') : (one.value ?? '-'),
    one.satisfied ? (one.source ?? '') : one.required ? 'missing' : 'not set',
    oneLine([one.label || one.description, choices(one.options)].filter(Boolean).join(' ')),
  ]);

const choices = (options: readonly string[]): string =>
  options.length === 0 ? '' : `(${options.join(', ')})`;
