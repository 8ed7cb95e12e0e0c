import type { LoopWatch } from '../hosts/loop-watch.ts';
import type { WholeHost } from '../hosts/whole-host.ts';
import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { inTurn, type Sample } from '../measure/sides.ts';

const width = 8;
const warm = 200;

/** From the death of a worker that eight jobs were in flight at, to the first job that its successor has done. */
export async function killUnderLoad(
  { size }: Bench,
  whole: WholeHost,
  loop: LoopWatch,
): Promise<Figure> {
  const failed: number[] = [];
  const { capstan } = await inTurn(
    {
      capstan: loop.during(async () => {
        const load = new Load(whole);
        await load.done(warm);
        const start = performance.now();
        process.kill(whole.workerPid('node'), 'SIGKILL');
        await load.firstOfLater();
        const sample: Sample = { wall: performance.now() - start };
        failed.push(await load.stop());
        return sample;
      }),
    },
    { rounds: Math.min(5, size.rounds) },
  );
  return {
    id: 'cancel.kill',
    what: 'kill -9 of a worker with 8 jobs in flight, until its successor has done one, Node worker',
    unit: 'ms',
    sides: { capstan },
    details: { 'jobs that ended with it': `${Math.min(...failed)} to ${Math.max(...failed)}` },
  };
}

/** Trivial jobs, eight in flight, until it is stopped; some of them may fail. */
class Load {
  readonly #whole: WholeHost;
  readonly #lanes: Promise<void>[];
  readonly #waiting: { isMet: () => boolean; resolve: () => void }[] = [];
  #isOver = false;
  #completed = 0;
  #failed = 0;
  /** Jobs that were submitted from here on count as later. */
  #mark = Number.POSITIVE_INFINITY;
  #laterCompleted = 0;
  #submitted = 0;

  constructor(whole: WholeHost) {
    this.#whole = whole;
    this.#lanes = Array.from({ length: width }, () => this.#lane());
  }

  done(count: number): Promise<void> {
    return this.#until(() => this.#completed >= count);
  }

  /** Once one that is submitted from now on is completed. */
  firstOfLater(): Promise<void> {
    this.#mark = this.#submitted;
    return this.#until(() => this.#laterCompleted > 0);
  }

  /** How many have failed. */
  async stop(): Promise<number> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
    return this.#failed;
  }

  async #lane(): Promise<void> {
    while (!this.#isOver) {
      const isLater = this.#submitted++ >= this.#mark;
      // oxlint-disable-next-line no-await-in-loop -- each lane has one in flight
      const state = await this.#whole.ends.ofJob(await this.#whole.submit('node', 'nothing'));
      if (state === 'completed') {
        this.#completed += 1;
        if (isLater) this.#laterCompleted += 1;
      } else this.#failed += 1;
      for (const { isMet, resolve } of this.#waiting) if (isMet()) resolve();
    }
  }

  #until(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isMet, resolve });
    });
  }
}
