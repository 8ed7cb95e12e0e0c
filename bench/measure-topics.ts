import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, sizes } from './measure/bench.ts';
import type { Figure } from './measure/figure.ts';
import { currentLoad, type MeasuredFigure } from './results.ts';
import { Systems } from './systems/index.ts';
import type { SystemEntry } from './systems/system.ts';
import { topics } from './topics.ts';

export interface TopicDone {
  name: string;
  figures: readonly MeasuredFigure[];
  seconds: number;
  failed?: string;
  systems: ReturnType<Systems['told']>;
}

/**
 * Measures topics one after the other, each in an empty folder of its own, which is removed again; also when
 * the run is interrupted. One that fails does not keep the others from being measured.
 */
export async function* measureTopics(
  names: readonly string[],
  run: { id: string; size: Bench['size']['name']; systems: readonly SystemEntry[] },
): AsyncGenerator<TopicDone> {
  const root = process.env['CAPSTAN_BENCH_DIR'] ?? tmpdir();
  const data = realpathSync(mkdtempSync(join(root, 'capstan-bench-')));
  const systems = new Systems(run.systems, data, say);
  const clear = async (): Promise<void> => {
    await systems.rest();
    rmSync(data, { recursive: true, force: true, maxRetries: 3 });
  };
  const onSignal = (): void => {
    say('stopping; the topics that are done are kept');
    void clear().finally(() => process.exit(130));
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    for (const [at, name] of names.entries()) {
      const load = currentLoad();
      console.error(`${name} (${at + 1} of ${names.length})`);
      const start = performance.now();
      const folder = mkdtempSync(join(data, `${name}-`));
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
      const found = await measure(name, { folder, size: sizes[run.size], systems, say });
      // oxlint-disable-next-line no-await-in-loop
      await systems.rest();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      const figures = 'failed' in found ? [] : found.figures;
      yield {
        name,
        figures: figures.map((figure) => ({ ...figure, topic: name, run: run.id, load })),
        seconds: Math.round((performance.now() - start) / 1_000),
        ...('failed' in found && { failed: found.failed }),
        systems: systems.told(),
      };
    }
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await clear();
  }
}

async function measure(
  name: string,
  bench: Bench,
): Promise<{ figures: Figure[] } | { failed: string }> {
  try {
    return { figures: (await topics[name]?.measure(bench)) ?? [] };
  } catch (error) {
    console.error(error);
    return { failed: (error as Error).message };
  }
}

function say(text: string): void {
  console.error(`  ${text}`);
}
