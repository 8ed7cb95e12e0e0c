import { rmSync } from 'node:fs';
import type { WorkerSpec } from '../../host/src/workers/index.ts';
import { bareNode, barePython } from '../floors/bare.ts';
import type { Bench } from '../measure/bench.ts';
import { type Measure, type SideName } from '../measure/figure.ts';
import { inTurn, type Sample } from '../measure/sides.ts';
import { installSubjects, pythonOf, type Subjects } from '../subjects.ts';
import type { Memory } from '../systems/system.ts';
import { bareWorkers, ourWorkers } from './workers.ts';

/** Workers of one language that were started together, by the side that did. */
export interface Started {
  language: Language;
  workers: number;
  millis: { [side in SideName]?: Measure };
  /** MB of one worker. */
  rss: { [side in SideName]?: Measure };
  pss: { [side in SideName]?: Measure };
}
export type Language = 'node' | 'python';

/** Starts one worker and eight at once, of both languages, in turn with bare servers and with others' workers. */
export async function startInTurn(bench: Bench, rounds: number): Promise<Started[]> {
  const subjects = await installSubjects();
  try {
    const all: Started[] = [];
    for (const language of ['node', 'python'] as const) {
      for (const workers of [1, 8]) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
        all.push(await start(bench, subjects, language, workers, rounds));
      }
    }
    return all;
  } finally {
    await subjects.guard.close();
    rmSync(subjects.folder, { recursive: true, force: true });
  }
}

type Start = () => Promise<Sample & Memory>;

async function start(
  { folder, size, systems }: Bench,
  subjects: Subjects,
  language: Language,
  workers: number,
  rounds: number,
): Promise<Started> {
  const spec: WorkerSpec = subjects[language];
  const bare = language === 'node' ? bareNode : barePython(pythonOf(subjects));
  const held = new Map<SideName, Memory[]>();
  const keeping =
    (side: SideName, act: Start): Start =>
    async () => {
      const sample = await act();
      const { rss, pss } = sample;
      held.set(side, [...(held.get(side) ?? []), { rss: rss / workers, pss: pss / workers }]);
      return sample;
    };
  const theirs = language === 'python' ? await systems.sides('start', workers) : {};
  const starts = {
    capstan: () => ourWorkers(spec, workers),
    floor: () => bareWorkers(bare, folder, workers),
    ...theirs,
  };
  const sides = Object.entries(starts) as [SideName, Start][];
  const millis = await inTurn(
    Object.fromEntries(sides.map(([side, act]) => [side, keeping(side, act)])),
    { rounds, secondsEach: size.secondsEach / 3 },
  );
  const memory = (of: keyof Memory): { [side in SideName]?: Measure } =>
    Object.fromEntries(
      [...held].map(([side, all]) => [side, { rounds: all.map((one) => one[of]) }]),
    );
  return { language, workers, millis, rss: memory('rss'), pss: memory('pss') };
}
