import type { Frame } from '@capstan/protocol';
import { startWorker } from '../../../host/src/workers/index.ts';
import { median } from '../../measure/stats.ts';
import type { Figure } from '../../queue/figure.ts';
import type { Bench } from '../bench.ts';
import { newCallId } from '../calls.ts';
import { openBenchHost } from '../whole-host.ts';

const count = 2_000;

/** What so many accounts add to a call; the reference, whose header they do not fit into, fails at it. */
export async function accounts({ subjects, rounds }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of ['node-tool', 'python-tool'] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    const worker = await startWorker(subjects.specOf(name));
    // oxlint-disable-next-line no-await-in-loop
    await worker.request('POST', '/initialize', {});
    const withThem: number[] = [];
    const without: number[] = [];
    const timed = async (accountsOfCall: number): Promise<number> => {
      let heard = 0;
      const start = performance.now();
      const outcome = await worker.call({
        callId: newCallId(),
        target: { action: 'accounts' },
        kwargs: { count: accountsOfCall },
        onFrame: ({ event }: Frame) => {
          if (event === 'account') heard += 1;
        },
      });
      const took = performance.now() - start;
      if (outcome.kind !== 'result' || heard !== accountsOfCall) throw new Error('accounts lost');
      return took;
    };
    for (let round = -2; round < rounds * 5; round++) {
      // oxlint-disable-next-line no-await-in-loop
      const [many, none] = [await timed(count), await timed(0)];
      if (round < 0) continue;
      withThem.push(many);
      without.push(none);
    }
    // oxlint-disable-next-line no-await-in-loop
    await worker.stop();
    // oxlint-disable-next-line no-await-in-loop
    const journaled = await inTheJournal(subjects.folder, name, rounds);
    figures.push({
      what: `${count} accounts in one call, ${name === 'node-tool' ? 'Node' : 'Python'} worker`,
      unit: 'ms',
      measured: median(withThem) - median(without),
      budget: { of: 'measured', atMost: 20 },
      details: { 'committed to the journal, as part of a job': `${journaled.toFixed(1)} ms` },
    });
  }
  return figures;
}

/** What so many accounts add to a job, until it is over and all of them are on disk. */
async function inTheJournal(folder: string, capability: string, rounds: number): Promise<number> {
  const host = await openBenchHost(folder);
  try {
    const timed = async (accountsOfCall: number): Promise<number> => {
      const start = performance.now();
      const input = { count: accountsOfCall };
      const [job] = await host.submit([{ capability, action: 'accounts', input }]);
      const { state } = await host.wait(job?.jobId ?? '');
      if (state !== 'completed') throw new Error(`the job ended ${state}`);
      return performance.now() - start;
    };
    const added: number[] = [];
    for (let round = -1; round < rounds; round++) {
      // oxlint-disable-next-line no-await-in-loop
      const [many, none] = [await timed(count), await timed(0)];
      if (round >= 0) added.push(many - none);
    }
    return median(added);
  } finally {
    await host.close();
  }
}
