import { join } from 'node:path';
import type { Machine } from './machine.ts';
import type { EnvironmentKind } from './requirement.ts';

/** What starts a worker in an environment; the host appends nothing, everything else goes over stdin. */
export function workerCommand(kind: EnvironmentKind, folder: string, machine: Machine): string[] {
  switch (kind) {
    case 'npm':
      return [machine.node.path, join(folder, 'node_modules/@capstan/worker/src/main.js')];
    case 'uv':
    case 'venv':
      return [join(folder, 'bin', 'python'), '-I', '-m', 'capstan_worker'];
    case 'command':
      return [machine.node.path, machine.sdk.nodeMain];
    default:
      return kind satisfies never;
  }
}
