import { join } from 'node:path';
import { isCondaKind, prefixOf, pythonOf } from './conda/kinds.ts';
import type { Machine } from './machine.ts';
import type { EnvironmentKind } from './requirement.ts';

/** A tool of one TypeScript file has no package.json to say so in; its author cannot do anything about it. */
const ownModulesAreModules = '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON';

/** Isolated from the user's own packages; unbuffered, so that the last words of a process that dies are heard. */
const pythonOptions = ['-I', '-u'];

/** What starts a worker in an environment; the host appends nothing, everything else goes over stdin. */
export function workerCommand(kind: EnvironmentKind, folder: string, machine: Machine): string[] {
  switch (kind) {
    case 'npm':
      return [
        machine.node.path,
        ownModulesAreModules,
        join(folder, 'node_modules/@capstan/worker/src/main.js'),
      ];
    case 'uv':
    case 'venv':
      return [join(folder, 'bin', 'python'), ...pythonOptions, '-m', 'capstan_worker'];
    case 'conda':
    case 'mamba':
    case 'micromamba':
    case 'pixi':
      return [pythonOf(kind, folder), ...pythonOptions, '-m', 'capstan_worker'];
    case 'command':
      return [machine.node.path, machine.sdk.nodeMain];
    default:
      return kind satisfies never;
  }
}

/**
 * What a worker's environment needs beyond the usual variables. Programs of conda packages find each other on the
 * PATH; no activation script is run for them, since that takes a shell.
 */
export function environmentVariables(
  kind: EnvironmentKind,
  folder: string,
  env: { readonly [name: string]: string | undefined },
): Record<string, string> {
  if (!isCondaKind(kind)) return {};
  const bin = join(prefixOf(kind, folder), 'bin');
  return { PATH: env['PATH'] ? `${bin}:${env['PATH']}` : bin };
}
