import { join } from 'node:path';
import { LoopWatch } from '../hosts/loop-watch.ts';
import { openWholeHost } from '../hosts/whole-host.ts';
import { makeWorkspace } from '../hosts/workspace.ts';
import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { cooperative, forced } from './cancels.ts';
import { killUnderLoad } from './kill.ts';
import { TheirStalls } from './their-stalls.ts';

/** From `cancel` to the end on disk, and what the death of a worker costs those who wait for it. */
export async function cancel(bench: Bench): Promise<Figure[]> {
  const workspace = join(bench.folder, 'workspace');
  await makeWorkspace(workspace);
  const whole = await openWholeHost(workspace);
  const [loop, stalls] = [new LoopWatch(), new TheirStalls()];
  try {
    await whole.runOne('node');
    await whole.runOne('python');
    const figures = [
      ...(await cooperative(bench, whole, loop, stalls)),
      await forced(bench, whole, loop, stalls),
      await killUnderLoad(bench, whole, loop),
    ];
    const stall = loop.figure(
      'cancel.stall',
      'longest stall of the event loop during all of these',
    );
    return [...figures, { ...stall, sides: { ...stall.sides, ...stalls.measures() } }];
  } finally {
    await whole.close();
  }
}
