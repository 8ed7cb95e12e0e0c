import { join } from 'node:path';
import { median } from '../../measure/stats.ts';
import type { Figure } from '../figure.ts';
import type { Size } from '../size.ts';
import { openWholeHost } from '../../hosts/whole-host.ts';
import { makeWorkspace } from '../../hosts/workspace.ts';

const count = 2_000;

/** What so many accounts add to a job, until its end is on disk and they are before it. */
export async function accounts(folder: string, { rounds }: Size): Promise<Figure[]> {
  const workspace = join(folder, 'workspace');
  await makeWorkspace(workspace);
  const whole = await openWholeHost(workspace);
  const { host } = whole;
  const timed = async (capability: string, some: number): Promise<number> => {
    const start = performance.now();
    const input = { count: some };
    const [job] = await host.submit([{ capability, action: 'accounts', input }]);
    const { state } = await host.wait(job?.jobId ?? '');
    if (state !== 'completed') throw new Error(`the job ended ${state}`);
    return performance.now() - start;
  };
  const figures: Figure[] = [];
  for (const capability of ['node', 'python']) {
    const many: number[] = [];
    const none: number[] = [];
    for (let round = -2; round < rounds * 3; round++) {
      // oxlint-disable-next-line no-await-in-loop -- in turn, so that what disturbs one disturbs the other
      const [some, nothing] = [await timed(capability, count), await timed(capability, 0)];
      if (round < 0) continue;
      many.push(some);
      none.push(nothing);
    }
    figures.push({
      what: `${count} accounts in one job, ${capability} worker`,
      unit: 'ms',
      measured: median(many) - median(none),
      budget: { of: 'measured', atMost: 20 },
      details: { 'the job without': `${median(none).toFixed(1)} ms` },
    });
  }
  await whole.close();
  return figures;
}
