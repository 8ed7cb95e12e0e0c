import { type ChildProcess, spawn } from 'node:child_process';
import { defaults } from '../defaults.ts';
import { OutputLines } from './output-lines.ts';

/**
 * Runs a package manager, or anything else that must not outlive us. The tool gets a process group of its
 * own and, in that group, a guard: a subshell that reads from a pipe whose other end only this process holds.
 * When the tool has ended, or when this process is gone however it died, the pipe ends and the guard kills
 * what is left of the group. So neither a killed host nor a tool's own children leave anything running.
 */
const guarded =
  'exec 3<&0; (read -r _ <&3; kill -KILL 0) >/dev/null 2>&1 & exec "$@" </dev/null 3<&-';

export interface ToolRun {
  /** An absolute program and its arguments; never a shell line. */
  command: readonly string[];
  cwd: string;
  env: Record<string, string>;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

export interface ToolEnd {
  kind: 'exited' | 'aborted' | 'timed-out';
  /** Exit code; null when a signal ended it. */
  code: number | null;
  signal: string | null;
  /** The beginning of what it printed on stdout. */
  stdout: string;
  /** The last lines of both streams, in the order they came. */
  lines: string[];
}

/** Runs a tool to its end and says how it ended; only a program that cannot be started at all throws. */
export async function runTool(run: ToolRun): Promise<ToolEnd> {
  const child = spawn('/bin/sh', ['-c', guarded, 'sh', ...run.command], {
    cwd: run.cwd,
    env: run.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = collectOutput(child, run.onLine);
  let kind: ToolEnd['kind'] = 'exited';
  let killTimer: NodeJS.Timeout | undefined;
  const end = (why: ToolEnd['kind']) => {
    if (kind !== 'exited') return;
    kind = why;
    signalGroup(child, 'SIGTERM');
    killTimer = setTimeout(() => signalGroup(child, 'SIGKILL'), defaults.toolTermMs);
  };
  const abort = () => end('aborted');
  const timeout =
    run.timeoutMs === undefined ? undefined : setTimeout(() => end('timed-out'), run.timeoutMs);
  run.signal?.addEventListener('abort', abort, { once: true });
  if (run.signal?.aborted) abort();

  try {
    const { code, signal } = await finished(child);
    return { kind, code, signal, ...output() };
  } finally {
    clearTimeout(timeout);
    clearTimeout(killTimer);
    run.signal?.removeEventListener('abort', abort);
  }
}

/**
 * Resolves when the tool has ended and its output is read. A child that it left behind may hold the output
 * open for ever; what that one prints is not waited for.
 */
function finished(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    child.stdin?.on('error', () => {}); // the guard may be gone before us
    child.once('error', reject);
    let letGo: NodeJS.Timeout | undefined;
    child.once('exit', () => {
      child.stdin?.end();
      letGo = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, defaults.toolTermMs);
    });
    child.once('close', (code, signal) => {
      clearTimeout(letGo);
      resolve({ code, signal });
    });
  });
}

function collectOutput(
  child: ChildProcess,
  onLine: ToolRun['onLine'],
): () => { stdout: string; lines: string[] } {
  const lines: string[] = [];
  let stdout = '';
  for (const stream of ['stdout', 'stderr'] as const) {
    const cut = new OutputLines(defaults.outputLineBytes, (line) => {
      lines.push(line);
      if (lines.length > defaults.toolLines) lines.shift();
      if (stream === 'stdout' && stdout.length < defaults.toolStdoutChars) stdout += `${line}\n`;
      onLine?.(line, stream);
    });
    child[stream]?.on('data', (chunk: Buffer) => cut.push(chunk));
    child[stream]?.on('close', () => cut.end());
  }
  return () => ({ stdout, lines });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is already gone.
  }
}
