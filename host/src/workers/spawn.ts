import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import {
  formatStartLine,
  type JsonSchema,
  protocolVersions,
  type StartLine,
} from '@capstan/protocol';
import type { Redactor } from '../secrets/index.ts';
import type { Guard } from './guard.ts';
import type { HandshakeLimits } from './handshake.ts';
import type { Dialect } from './live-worker.ts';
import { markVariables } from './marks.ts';
import type { OutputLine } from './output.ts';
import type { CallRequest } from './request.ts';

/** Everything a worker is started with. */
export interface WorkerSpec {
  /** Which protocol it speaks; our own unless said. */
  dialect?: Dialect;
  /** The schema of what a call answers, for a protocol whose workers do not mark files in it. */
  outputOf?: (target: CallRequest['target']) => JsonSchema | null;
  /** Program and arguments; no shell is involved. */
  command: string[];
  cwd: string;
  /** Complete: nothing is inherited from the host. */
  env: { [name: string]: string };
  start: Omit<StartLine, 'capstan' | 'protocol' | 'session' | 'listen' | 'token'>;
  /** The capability's name, for messages. */
  label: string;
  /** Holds the folders for sockets; made if missing, refused if others can enter it. */
  runtimeDir: string;
  /** Ends the worker when this host dies. */
  guard: Guard;
  /** Lines about the environment for the diagnosis of a failed start. */
  diagnose?: () => Promise<string[]>;
  /** Takes the secrets of the start line out of everything the worker says, before anybody hears it. */
  redactor?: Redactor;
  onOutput?: (line: OutputLine) => void;
  /** The process exists; whether it becomes ready is another question. */
  onSpawned?: (session: string, pid: number) => void;
  /** Aborting gives up on the start: it rejects with CANCELLED, and the process is killed. */
  signal?: AbortSignal;
  limits?: Partial<HandshakeLimits>;
}

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** The worker's secret, and the line that carries it. It is never in an argument, a variable or a log. */
export interface Credentials {
  token: string;
  startLine: string;
}

export function makeCredentials(spec: WorkerSpec, session: string, listen: string): Credentials {
  const token = randomBytes(32).toString('base64url');
  const { start } = spec;
  const startLine = formatStartLine({
    capstan: 1,
    protocol: protocolVersions,
    session,
    listen,
    token,
    ...start,
  });
  return { token, startLine };
}

/**
 * Starts the process in a group of its own and writes its start line. Stdin stays open afterwards: its end
 * is how the worker learns that the host is gone. Rejects when the program cannot be executed at all.
 */
export async function spawnProcess(
  spec: WorkerSpec,
  session: string,
  startLine: string,
): Promise<Child> {
  const [program = '', ...args] = spec.command;
  const child = spawn(program, args, {
    cwd: spec.cwd,
    env: { ...spec.env, ...markVariables(spec.guard.owner, session) },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('spawn', resolve);
  child.once('error', reject);
  await promise;
  // A worker that closes its stdin, or ends before it has read the line, is met where its end is.
  child.stdin.on('error', () => {});
  child.stdin.write(startLine);
  return child;
}
