import { HostError } from '../errors.ts';
import type { Environment } from './io.ts';
import type { InstalledCapability, Declared } from './runtime.ts';

/**
 * One installed capability of a workspace, by its name or that of an instance it declares. Throws CAPABILITY_NOT_FOUND, CAPABILITY_NOT_INSTALLED, or what is
 * wrong with its record.
 */
export async function installedCapability(
  runtime: Declared,
  root: string,
  env: Environment,
  name: string,
): Promise<InstalledCapability> {
  const workspace = await runtime.readWorkspace(root);
  const { installed, problems } = await runtime.loadInstalled(workspace, env);
  const owner = workspace.capabilities.find(({ instances }) =>
    instances.some(({ id }) => id === name),
  );
  const capability = owner?.name ?? name;
  const found = installed.get(capability);
  if (found !== undefined) return found;
  const problem = problems.find((one) => one.details['capability'] === capability);
  if (problem !== undefined) throw problem;
  const known = workspace.capabilities.map((declared) => declared.name);
  throw new HostError('CAPABILITY_NOT_FOUND', `capstan.yaml declares no capability \`${name}\`.`, {
    hint: runtime.didYouMean(name, known) ?? 'It declares none at all.',
    details: { capability: name, known },
  });
}
