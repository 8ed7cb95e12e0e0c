import type { Frame } from '@capstan/protocol';
import type { LiveWorker } from '../../host/src/workers/index.ts';
import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { inTurn, type Sample } from '../measure/sides.ts';
import { median } from '../measure/stats.ts';
import { newCallId } from './call.ts';
import { languages, nameOf, type Ours } from './ours.ts';

const count = 2_000;
const pairs = 5;

/** What so many accounts add to a call, and to a job until all of them are on disk. */
export async function accounts({ size }: Bench, { workers, whole }: Ours): Promise<Figure[]> {
  const added = (act: (accounts: number) => Promise<void>) => async (): Promise<Sample> => {
    const each: number[] = [];
    for (let n = 0; n < pairs; n++) {
      // oxlint-disable-next-line no-await-in-loop -- in turn, so that what disturbs one disturbs the other
      each.push((await millis(() => act(count))) - (await millis(() => act(0))));
    }
    return { wall: median(each) };
  };
  const measures = await inTurn(
    {
      directNode: added((some) => inCall(workers.node, some)),
      directPython: added((some) => inCall(workers.python, some)),
      hostNode: added((some) => inJob('node', some)),
      hostPython: added((some) => inJob('python', some)),
    },
    size,
  );
  async function inJob(capability: string, some: number): Promise<void> {
    const [job] = await whole.host.submit([
      { capability, action: 'accounts', input: { count: some } },
    ]);
    const { state } = await whole.host.wait(job?.jobId ?? '');
    if (state !== 'completed') throw new Error(`the job ended ${state}`);
  }
  const thousands = count.toLocaleString('en');
  return languages.flatMap((language) =>
    (['direct', 'host'] as const).map((way): Figure => {
      const where = way === 'direct' ? 'add to a call' : 'add to a job, until all are journaled';
      return {
        id: `calls.accounts.${way}.${language}`,
        what: `${thousands} accounts ${where}, ${nameOf[language]} worker`,
        unit: 'ms',
        sides: { capstan: measures[`${way}${nameOf[language]}`] },
        budgets: [{ of: 'value', atMost: 20, source: 'the protocol' }],
      };
    }),
  );
}

async function inCall(worker: LiveWorker, some: number): Promise<void> {
  let heard = 0;
  const outcome = await worker.call({
    callId: newCallId(),
    target: { action: 'accounts' },
    kwargs: { count: some },
    onFrame: ({ event }: Frame) => {
      if (event === 'account') heard += 1;
    },
  });
  if (outcome.kind !== 'result' || heard !== some) throw new Error('accounts lost');
}

async function millis(act: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}
