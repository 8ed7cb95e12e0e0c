import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openRunQueue } from '../hosts/run-queue.ts';
import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { inMillis, inTurn, oneByOne } from '../measure/sides.ts';
import { fanOut } from './compositions.ts';

const width = 100;
const megabytes = 10;

/** One value that a hundred nodes take whole: it is to be kept once, and not copied for each. */
export async function bigValue({ folder, size }: Bench): Promise<Figure> {
  const root = join(folder, 'big-value');
  const value = 'x'.repeat(megabytes * 2 ** 20);
  const queue = await openRunQueue(root, async ({ nodeId }) => (nodeId === 'first' ? value : null));
  const composition = fanOut(width);
  let runs = 0;
  try {
    const { capstan } = await inTurn(
      {
        capstan: async () => {
          runs += 1;
          return inMillis(await oneByOne(1, () => queue.run(composition)));
        },
      },
      { rounds: Math.min(3, size.rounds) },
    );
    return {
      id: 'graphs.big-value',
      what: `1 → ${width} → 1, the first node's value of ${megabytes} MB, queue alone`,
      unit: 'ms',
      sides: { capstan },
      details: { 'kept on disk': `${megabytesIn(root).toFixed(0)} MB, of ${runs} runs` },
    };
  } finally {
    await queue.close();
  }
}

function megabytesIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const sizes = files.map((file) =>
    file.isFile() ? statSync(join(file.parentPath, file.name)).size : 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20;
}
