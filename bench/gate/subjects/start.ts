import { once } from 'node:events';
import { join } from 'node:path';
import { startWorker } from '../../../host/src/workers/index.ts';
import { bareNode, barePython, startBare } from '../../floors/bare.ts';
import { cpuMicrosOf } from '../../measure/processor-time.ts';
import { processorTime } from '../../measure/sides.ts';
import { median } from '../../measure/stats.ts';
import type { Place } from '../place.ts';

const starts = 4;
const rounds = 3;

/** From spawn to readiness, beside the same interpreter serving HTTP with its own library. */
const start =
  (language: 'node' | 'python') =>
  async ({ folder, worker: specOf }: Place): Promise<number> => {
    const spec = await specOf(language);
    const command = language === 'node' ? bareNode : barePython(spec.command[0]);
    let n = 0;
    const bare = (): Promise<number> =>
      cpuOfStarts(async () => {
        const child = await startBare(command, join(folder, `${n++}.sock`));
        return {
          pid: child.pid ?? -1,
          stop: async () => {
            const ended = once(child, 'exit');
            child.kill('SIGKILL');
            await ended;
          },
        };
      });
    const own = (): Promise<number> =>
      cpuOfStarts(async () => {
        const worker = await startWorker(spec);
        return { pid: worker.pid, stop: () => worker.stop() };
      });
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
      const [theirs, ours] = [await bare(), await own()];
      ratios.push(ours / theirs);
    }
    return median(ratios);
  };

interface Started {
  pid: number;
  stop: () => Promise<unknown>;
}

/** Processor time of this process and of what it starts, until that is ready; of several, since it comes in steps. */
async function cpuOfStarts(begin: () => Promise<Started>): Promise<number> {
  let sum = 0;
  for (let n = 0; n < starts; n++) {
    const own = processorTime();
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { pid, stop } = await begin();
    sum += own() + cpuMicrosOf(pid);
    // oxlint-disable-next-line no-await-in-loop
    await stop();
  }
  return sum;
}

export const startNode = start('node');
export const startPython = start('python');
