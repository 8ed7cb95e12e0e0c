import { join } from 'node:path';
import { startWorker } from '../../../host/src/workers/index.ts';
import { bareCaller, bareNode, startBare, stopBare } from '../../floors/bare.ts';
import { cpuRatio } from '../cpu-ratio.ts';
import type { Place } from '../place.ts';

const text = 'x'.repeat(89);
const count = 1_000;

/** A warm call of 100 bytes, host and worker together, beside a bare round trip and its server. */
const call =
  (language: 'node' | 'python') =>
  async ({ folder, worker: specOf }: Place): Promise<number> => {
    const socket = join(folder, 'bare.sock');
    const bare = await startBare(bareNode, socket);
    const caller = bareCaller(socket);
    const worker = await startWorker(await specOf(language));
    let made = 0;
    const callEcho = async (): Promise<void> => {
      const outcome = await worker.call({
        callId: `call_${made++}`,
        target: { action: 'echo' },
        kwargs: { text },
      });
      if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome.error));
    };
    try {
      return await cpuRatio(
        { act: callEcho, count, others: () => [worker.pid] },
        { act: caller.call, count, others: () => [bare.pid ?? -1] },
      );
    } finally {
      await worker.stop();
      await caller.close();
      await stopBare(bare);
    }
  };

export const callNode = call('node');
export const callPython = call('python');
