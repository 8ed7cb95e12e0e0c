import { join } from 'node:path';
import { median } from '../../measure/stats.ts';
import type { Figure } from '../figure.ts';
import { watchLoop } from '../../measure/loop-delay.ts';
import type { Size } from '../size.ts';
import { openWholeHost, type WholeHost } from '../../hosts/whole-host.ts';
import { makeWorkspace } from '../../hosts/workspace.ts';

/** From `cancel` to the committed end of a call that honours it, and of one that hears nothing. */
export async function cancel(folder: string, { rounds }: Size): Promise<Figure[]> {
  const workspace = join(folder, 'workspace');
  await makeWorkspace(workspace);
  const whole = await openWholeHost(workspace);
  await whole.runOne('node', 'nothing');
  await whole.runOne('python', 'nothing');
  const delay = watchLoop();
  const times = { node: [] as number[], python: [] as number[] };
  for (let round = 0; round < rounds * 5; round++) {
    for (const capability of ['node', 'python'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
      times[capability].push(await cancelMillis(whole, capability, 'wait'));
    }
  }
  const forcedMillis = await cancelMillis(whole, 'deaf', 'ignore');
  const { p999Millis, longestMillis } = delay();
  await whole.close();
  const line = (what: string, millis: number[]): Figure => ({
    what,
    unit: 'ms',
    measured: median(millis),
    budget: { of: 'measured', atMost: 10 },
    details: {
      spread: `${Math.min(...millis).toFixed(1)} to ${Math.max(...millis).toFixed(1)} ms`,
    },
  });
  return [
    line('cooperative cancel, Node worker', times.node),
    line('cooperative cancel, Python worker', times.python),
    { what: 'forced cancel, its grace included', unit: 'ms', measured: forcedMillis },
    {
      what: 'event loop delay at p99.9 during cancels, the forced one too',
      unit: 'ms',
      measured: p999Millis,
      budget: { of: 'measured', atMost: 50 },
      details: { longest: `${longestMillis.toFixed(1)} ms` },
    },
  ];
}

async function cancelMillis(whole: WholeHost, capability: string, action: string): Promise<number> {
  const jobId = await whole.submit(capability, action);
  await whole.atWork(jobId);
  const start = performance.now();
  await whole.host.cancel(jobId, 'measured');
  const state = await whole.ends.ofJob(jobId);
  if (state !== 'cancelled') throw new Error(`a cancelled job ended ${state}`);
  return performance.now() - start;
}
