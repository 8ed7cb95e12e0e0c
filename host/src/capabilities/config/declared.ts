import type { JsonSchema } from '@capstan/protocol';
import type { HostError } from '../../errors.ts';
import type { CapabilityDeclaration } from '../declaration.ts';
import { type Problem, problemsError } from '../yaml-text.ts';
import { checkConfig } from './check.ts';

/**
 * Holds the `config` of a capability and of its instances against the schema it declared, every problem at its
 * place in `capstan.yaml`. Null when all is well.
 */
export function configError(
  { config, instances, lenient, where }: CapabilityDeclaration,
  schema: JsonSchema | undefined,
  file: string,
): HostError | null {
  const own = problemsOf(config, ['config']);
  const found = [
    ...own,
    ...instances.flatMap((instance) => {
      const base = ['instances', instance.id, 'config'];
      // What it says itself, laid over what the capability says; the capability's mistakes are told above.
      const all = problemsOf({ ...config, ...instance.config }, base);
      return all.filter(({ key }) => own.length === 0 || Object.hasOwn(instance.config, key));
    }),
  ];
  return found.length === 0 ? null : problemsError('CONFIG_INVALID', file, found);

  function problemsOf(values: typeof config, base: string[]): (Problem & { key: string })[] {
    return checkConfig(values, schema, { lenient }).problems.map(({ path, message, hint }) => ({
      key: String(path[0] ?? ''),
      message: path.length === 0 ? message : `${base.join('.')}.${message}`,
      ...where(...base, ...path),
      ...(hint === undefined ? {} : { hint }),
    }));
  }
}
