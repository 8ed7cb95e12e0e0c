import { existsSync } from 'node:fs';
import { HostError } from '../../../errors.ts';
import { workspacePaths } from '../../../paths.ts';
import type { Context } from '../../context.ts';
import { inspect } from '../../inspect.ts';
import type { DeclaredVariables } from '../../runtime.ts';

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
