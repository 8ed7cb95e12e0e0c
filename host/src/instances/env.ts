import { didYouMean, type InstalledCapability } from '../capabilities/index.ts';
import { HostError } from '../errors.ts';

type Values = { readonly [name: string]: string | null };

/**
 * Throws INPUT_INVALID for what is no variable of this capability, or a secret one, or a value that is none of
 * its options; all of it at once.
 */
export function mustBeVisible(
  values: Values,
  { name: capability, workerEnv }: InstalledCapability,
  instance: string,
): void {
  const visible = workerEnv.filter(({ secret }) => !secret).map(({ name }) => name);
  const problems = Object.entries(values).flatMap(([name, value]) => {
    const spec = workerEnv.find((each) => each.name === name);
    if (spec === undefined) {
      const hint = didYouMean(name, visible) ?? 'it declares none that can be set';
      return [`${capability} declares no variable ${name} (${hint})`];
    }
    if (spec.secret)
      return [`${name} is a secret; set it with \`capstan secret set ${capability} ${name}\``];
    if (value === null || spec.options.length === 0 || spec.options.includes(value)) return [];
    return [`${name} is one of ${spec.options.join(', ')}, not ${JSON.stringify(value)}`];
  });
  if (problems.length === 0) return;
  throw new HostError(
    'INPUT_INVALID',
    `The variables of ${instance} cannot be set: ${problems.join('; ')}.`,
    {
      details: { instance, problems },
    },
  );
}
