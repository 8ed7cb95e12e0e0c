import { type ExitCode } from '../../src/cli/exit-codes.ts';
import type { Environment, Io, Output, Signal } from '../../src/cli/io.ts';
import { execute } from '../../src/cli/main.ts';
import { type Doors, doors } from '../../src/cli/runtime.ts';

export interface FakeOutput extends Output {
  text: string;
  columns: number;
}

export function fakeOutput({ isTTY = false, columns = 80 } = {}): FakeOutput {
  const output: FakeOutput = {
    text: '',
    write: (text) => {
      output.text += text;
    },
    ready: () => Promise.resolve(),
    isTTY,
    columns,
    rows: 24,
    closed: new AbortController().signal,
  };
  return output;
}

export interface Surroundings {
  cwd?: string;
  env?: Environment;
  stdin?: string;
  stdoutIsTTY?: boolean;
  stderrIsTTY?: boolean;
  nowMs?: number;
  runtime?: Doors['runtime'];
  declared?: Doors['declared'];
  view?: Doors['view'];
  /** Gets the means to send signals and let time pass while a command runs. */
  during?: (controls: Controls) => void;
}

export interface Controls {
  signal: (name: Signal) => void;
  /** Fires every `after` and `every` callback that is set. */
  tick: () => void;
  stdout: FakeOutput;
  stderr: FakeOutput;
}

export interface Answer {
  code: ExitCode;
  stdout: string;
  stderr: string;
}

/** Runs a command line in this process and hands back all that it said. */
export async function capstan(argv: string[], surroundings: Surroundings = {}): Promise<Answer> {
  const stdout = fakeOutput({ isTTY: surroundings.stdoutIsTTY ?? false });
  const stderr = fakeOutput({ isTTY: surroundings.stderrIsTTY ?? false });
  const handlers = new Map<Signal, Set<() => void>>([
    ['SIGINT', new Set()],
    ['SIGTERM', new Set()],
  ]);
  const timers = new Set<() => void>();
  const set = (into: Set<() => void> | undefined, callback: () => void): (() => void) => {
    into?.add(callback);
    return () => into?.delete(callback);
  };
  const io: Io = {
    stdout,
    stderr,
    stdin: {
      isTTY: false,
      text: () => Promise.resolve(surroundings.stdin ?? ''),
      keys: () => () => {},
      bytes: () => Promise.resolve(Buffer.from(surroundings.stdin ?? '')),
    },
    env: surroundings.env ?? {},
    cwd: surroundings.cwd ?? '/nowhere',
    nowMs: () => surroundings.nowMs ?? 0,
    onSignal: (name, handler) => set(handlers.get(name), handler),
    after: (_ms, callback) => set(timers, callback),
    every: (_ms, callback) => set(timers, callback),
  };
  surroundings.during?.({
    signal: (name) => handlers.get(name)?.forEach((handler) => handler()),
    tick: () => timers.forEach((callback) => callback()),
    stdout,
    stderr,
  });
  const unneeded = (): Promise<never> => Promise.reject(new Error('this command needs no runtime'));
  const { runtime = unneeded, declared = runtime, view = unneeded } = surroundings;
  const { leases, machine, scope, liveness } = doors;
  const open = { runtime, declared, view, leases, machine, scope, liveness };
  const code = await execute(argv, io, open);
  return { code, stdout: stdout.text, stderr: stderr.text };
}
