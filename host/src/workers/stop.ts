import { defaults } from '../defaults.ts';
import type { WorkerExit } from './ending.ts';
import type { Life } from './life.ts';
import type { Child } from './spawn.ts';
import { signalGroup } from './tree.ts';

/** How long each stage of a worker's end may take. A stage of 0 ms is left out. */
export interface StopBudget {
  /** `/cleanup`: the capability may close what it holds. */
  cleanupMs: number;
  /** End of stdin: the SDK stops serving and exits. */
  stdinMs: number;
  /** SIGTERM to the process group, for workers that know nothing of the protocol's end. */
  termMs: number;
}

export const gracefulStop: StopBudget = {
  cleanupMs: defaults.stopCleanupMs,
  stdinMs: defaults.stopStdinMs,
  termMs: defaults.stopTermMs,
};

export const killAtOnce: StopBudget = { cleanupMs: 0, stdinMs: 0, termMs: 0 };

/** Asks ever less politely, then kills. Resolves when the whole tree is gone. */
export async function stopInStages(
  life: Life,
  child: Child,
  budget: StopBudget,
  cleanUp: (timeoutMs: number) => Promise<unknown>,
): Promise<WorkerExit> {
  life.expectEnd();
  const isOverWithin = async (ms: number, act: () => unknown): Promise<boolean> => {
    if (ms > 0 && !life.hasEnded) {
      const acted = act();
      await Promise.race([life.ended, acted instanceof Promise ? acted : after(ms, life.ended)]);
    }
    return life.hasEnded;
  };
  const isOver =
    (await isOverWithin(budget.cleanupMs, () => cleanUp(budget.cleanupMs))) ||
    (await isOverWithin(budget.stdinMs, () => child.stdin.end())) ||
    (await isOverWithin(budget.termMs, () => signalGroup(life.pid, 'SIGTERM')));
  return isOver ? life.exited : life.kill();
}

/** Resolves after `ms`, or without a timer left behind when `sooner` comes first. */
async function after(ms: number, sooner: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, sooner]);
  clearTimeout(timer);
}
