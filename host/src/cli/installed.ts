import { HostError } from '../errors.ts';
import type { InstalledCapability, Runtime } from './runtime.ts';

/**
 * One installed capability of a workspace. Throws CAPABILITY_NOT_FOUND, CAPABILITY_NOT_INSTALLED, or what is
 * wrong with its record.
 */
export async function installedCapability(
  runtime: Runtime,
  root: string,
  name: string,
): Promise<InstalledCapability> {
  const workspace = await runtime.readWorkspace(root);
  const { installed, problems } = await runtime.loadInstalled(
    workspace,
    runtime.workspacePaths(root),
  );
  const found = installed.get(name);
  if (found !== undefined) return found;
  const problem = problems.find((one) => one.details['capability'] === name);
  if (problem !== undefined) throw problem;
  const declared = workspace.capabilities.map((one) => one.name);
  if (declared.includes(name)) {
    throw new HostError('CAPABILITY_NOT_INSTALLED', `\`${name}\` is declared, but not installed.`, {
      hint: `Run \`capstan install ${name}\`.`,
      details: { capability: name },
    });
  }
  const guess = runtime.nearest(name, declared);
  throw new HostError('CAPABILITY_NOT_FOUND', `capstan.yaml declares no capability \`${name}\`.`, {
    hint:
      guess === undefined
        ? `It declares: ${declared.join(', ') || 'none'}.`
        : `Did you mean \`${guess}\`? It declares: ${declared.join(', ')}.`,
    details: { capability: name, declared },
  });
}
