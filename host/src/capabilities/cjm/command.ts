import { fileURLToPath } from 'node:url';
import { type EnvironmentKind, type Machine, workerCommand } from '../../environments/index.ts';
import type { Dialect } from '../schema.ts';

/** The published worker of the reference system, as its host starts it; that adds the arguments of a start. */
const workerModule = 'cjm_substrate.core.worker';

/** Starts that worker on an interpreter. */
export const substrateCommand = (python: string): string[] => [
  python,
  '-I',
  '-u',
  '-m',
  workerModule,
];

/** What starts a worker in an environment of ours, for the protocol that it is to speak. */
export function commandOf(
  dialect: Dialect,
  kind: EnvironmentKind,
  folder: string,
  machine: Machine,
): string[] {
  const own = workerCommand(kind, folder, machine);
  return dialect === 'cjm' ? substrateCommand(own[0] ?? '') : own;
}

/** Which protocol the worker speaks that a command starts. */
export const dialectOf = (command: readonly string[]): Dialect =>
  command.includes(workerModule) ? 'cjm' : 'capstan';

/**
 * What a capability is asked with what it offers: our own workers answer that themselves, for the others
 * there is a script, which needs nothing of ours in their environment.
 */
export function introspectionCommand(command: readonly string[]): string[] {
  if (dialectOf(command) === 'capstan') return [...command];
  const script = fileURLToPath(new URL('../../../bin/introspect-cjm.py', import.meta.url));
  return [...command.slice(0, command.indexOf('-m')), script];
}
