import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '@capstan/protocol';
import {
  type CallOutcome,
  Guard,
  type OutputLine,
  startWorker,
  type LiveWorker,
  type WorkerSpec,
} from '../../src/workers/index.ts';

const folder = join(import.meta.dirname, '..', 'fixtures', 'workers');

type Surroundings = Pick<WorkerSpec, 'guard' | 'runtimeDir'> & Partial<WorkerSpec>;

/** The names of all of them. */
export const fixtureNames = (): string[] =>
  readdirSync(folder)
    .filter((name) => /\.(mjs|py)$/.test(name) && name !== 'serve.mjs')
    .map((name) => name.replace(/\.(mjs|py)$/, ''));

/** How to start the fixture of that name, `never-ready` say. */
export function fixtureSpec(name: string, more: Surroundings): WorkerSpec {
  const isPython = existsSync(join(folder, `${name}.py`));
  const program = isPython ? 'python3' : process.execPath;
  return {
    command: [program, join(folder, `${name}${isPython ? '.py' : '.mjs'}`)],
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    start: {
      module: name,
      class: '',
      adapters: [],
      dirs: {
        data: join(more.runtimeDir, 'data'),
        models: join(more.runtimeDir, 'models'),
        calls: join(more.runtimeDir, 'calls'),
      },
      secrets: {},
      logLevel: 'info',
    },
    label: name,
    ...more,
  };
}

export function temporaryFolder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'capstan-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A guard that is closed at the end of the test, so that nothing of a failed test stays. */
export function testGuard(t: TestContext, workspace = 'test'): Guard {
  const guard = new Guard({ hostId: `host_${process.pid}_${Math.random()}`, workspace });
  t.after(() => guard.close());
  return guard;
}

/** Starts a fixture; it is killed at the end of the test. Its output is collected in `output`. */
export async function start(
  t: TestContext,
  name: string,
  more: Partial<WorkerSpec> = {},
): Promise<{ worker: LiveWorker; output: OutputLine[] }> {
  const output: OutputLine[] = [];
  const worker = await startWorker(
    fixtureSpec(name, {
      guard: testGuard(t),
      runtimeDir: temporaryFolder(t),
      onOutput: (line) => output.push(line),
      ...more,
    }),
  );
  t.after(() => worker.stop({ cleanupMs: 0, stdinMs: 0, termMs: 0 }));
  return { worker, output };
}

export const call = (worker: LiveWorker, action: string, kwargs = {}) =>
  worker.call({ callId: 'call_1', target: { action }, kwargs });

/** Resolves when none of the processes runs any more (a zombie does not); rejects after `withinMs`. */
export async function untilGone(pids: readonly number[], withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const running = pids.filter(isRunning);
    if (running.length === 0) return;
    if (performance.now() > deadline) throw new Error(`still running: ${running.join(', ')}`);
    await delay(5);
  }
}

export function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** The result of a call that returns an object. */
export function objectOf(outcome: CallOutcome): JsonObject {
  assert.ok(outcome.kind === 'result', JSON.stringify(outcome));
  const { value } = outcome;
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value));
  return value;
}
