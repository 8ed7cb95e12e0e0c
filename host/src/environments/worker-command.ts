import { join } from 'node:path';
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
    case 'command':
      return [machine.node.path, machine.sdk.nodeMain];
    default:
      return kind satisfies never;
  }
}
