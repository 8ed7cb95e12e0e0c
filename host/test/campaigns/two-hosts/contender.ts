import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../../src/clock.ts';
import { HostError } from '../../../src/errors.ts';
import { workspacePaths } from '../../../src/paths.ts';
import { HostLock, StateStore } from '../../../src/stores/index.ts';
import { Random } from '../random.ts';

/**
 * Wants the workspace in argv[2] again and again. While it has it, it writes a line with its pid to the log in
 * argv[3] every moment; no line of another may stand between its first and its last. Argv[4] is its seed.
 */
const [, , root = '.', log = '', seed = '1'] = process.argv;
const paths = workspacePaths(root);
const random = new Random(Number(seed));
const note = (word: string): void => appendFileSync(log, `${process.pid} ${word}\n`);

/** A host in small: it owns, opens, recovers, works for a moment, and leaves. */
async function own(lock: HostLock): Promise<void> {
  note('enter');
  if (random.chance(0.15)) {
    const store = await StateStore.open({ paths, clock: systemClock });
    await store.recover();
    const input = { by: process.pid };
    await store.submitJobs([{ capability: 'tool', action: 'do', input, effects: 'pure' }]);
    note('work');
    await store.close();
  }
  for (let moment = random.below(4); moment > 0; moment--) {
    // oxlint-disable-next-line no-await-in-loop -- a moment passes
    await pause(1);
    note('work');
  }
  note('leave');
  lock.release();
}

for (;;) {
  try {
    // oxlint-disable-next-line no-await-in-loop -- it lives for this
    await own(HostLock.acquire(paths, { nowMs: Date.now(), command: 'contender' }));
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'WORKSPACE_BUSY') throw error;
    const holder = error.details['holder'] as { pid?: number } | undefined;
    note(`refused ${holder?.pid ?? 'nameless'}`);
  }
  // oxlint-disable-next-line no-await-in-loop
  await pause(random.next() * 3);
}
