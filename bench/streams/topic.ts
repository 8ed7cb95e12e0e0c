import type { JsonObject } from '@capstan/protocol';
import type { LiveWorker } from '../../host/src/workers/index.ts';
import { newCallId } from '../calls/call.ts';
import { type Language, languages, nameOf, openOurs, type Ours } from '../calls/ours.ts';
import type { Bench } from '../measure/bench.ts';
import type { Budget, Figure, Measure, Unit } from '../measure/figure.ts';
import { inTurn, processorTime, type Sample } from '../measure/sides.ts';
import { median } from '../measure/stats.ts';

const sizes = [
  { characters: 100, count: 20_000, theirs: 2_000, atLeast: 20_000, word: '100 B', id: '100B' },
  { characters: 10_000, count: 5_000, theirs: 2_000, atLeast: 15_000, word: '10 KB', id: '10KB' },
  { characters: 1_000_000, count: 100, theirs: 30, atLeast: 300, word: '1 MB', id: '1MB' },
] as const;
const firsts = 10;

type Input = JsonObject & { count: number; characters: number };
type Heard = (chunk: unknown) => void;
/** Resolves when the last chunk was heard. */
type Way = (input: Input, heard: Heard) => Promise<void>;

/** Chunks of a stream from the tool's `yield` on, straight from a worker and through the whole host. */
export async function streams(bench: Bench): Promise<Figure[]> {
  const ours = await openOurs(bench.folder);
  try {
    const figures: Figure[] = [];
    for (const { characters, count, theirs, atLeast, word, id } of sizes) {
      bench.say(`chunks of ${word} …`);
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
      const beside = await bench.systems.sides('stream', theirs, characters);
      const budget: Budget = { of: 'value', atLeast, source: 'the protocol' };
      const told = { id, what: `chunks of ${word}`, unit: 'a second', budget } as const;
      const act = (way: Way, pids: () => readonly number[]) => () =>
        perSecond(way, { count, characters }, pids);
      // oxlint-disable-next-line no-await-in-loop
      figures.push(...(await ofWays(bench, ours, told, act, beside)));
    }
    const beside = await bench.systems.sides('stream', 1, 100);
    const first = Object.entries(beside).map(([name, act]) => {
      return [name, async () => ({ wall: (await act()).firstMs })] as const;
    });
    const budget: Budget = { of: 'value', atMost: 3, source: 'the protocol' };
    const told = { id: 'first', what: 'from the request to the first chunk', unit: 'ms', budget };
    return [
      ...figures,
      ...(await ofWays(
        bench,
        ours,
        { ...told, unit: 'ms' },
        firstChunk,
        Object.fromEntries(first),
      )),
    ];
  } finally {
    await ours.close();
  }
}

async function ofWays(
  { size }: Bench,
  ours: Ours,
  told: { id: string; what: string; unit: Unit; budget: Budget },
  act: (way: Way, pids: () => readonly number[]) => () => Promise<Sample>,
  beside: { [side: string]: () => Promise<Sample> },
): Promise<Figure[]> {
  const direct = (language: Language) => {
    const worker = ours.workers[language];
    return act(straightFrom(worker), () => [worker.pid]);
  };
  const host = (language: Language) => act(throughHost(ours, language), ours.whole.workerPids);
  const { directNode, directPython, hostNode, hostPython, ...theirs } = await inTurn(
    {
      directNode: direct('node'),
      directPython: direct('python'),
      hostNode: host('node'),
      hostPython: host('python'),
      ...beside,
    },
    size,
  );
  const measures = {
    direct: { node: directNode, python: directPython },
    host: { node: hostNode, python: hostPython },
  };
  const figure = (way: keyof typeof measures, language: Language, capstan: Measure): Figure => ({
    id: `streams.${way}.${language}.${told.id}`,
    what: `${told.what}, ${nameOf[language]} worker, ${way === 'host' ? 'through the whole host' : 'straight from it'}`,
    unit: told.unit,
    sides: { capstan, ...(way === 'host' && language === 'python' ? theirs : {}) },
    budgets: way === 'host' ? [told.budget] : [],
  });
  return languages.flatMap((language) =>
    (['direct', 'host'] as const).map((way) => figure(way, language, measures[way][language])),
  );
}

const straightFrom =
  (worker: LiveWorker): Way =>
  async (kwargs, onChunk) => {
    const target = { action: 'chunks' };
    const outcome = await worker.call({
      callId: newCallId(),
      target,
      kwargs,
      stream: true,
      onChunk,
    });
    if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome.error));
  };

const throughHost =
  ({ whole }: Ours, capability: Language): Way =>
  async (input, heard) => {
    for await (const chunk of whole.host.stream({ capability, action: 'chunks', input }))
      heard(chunk);
  };

async function perSecond(way: Way, input: Input, pids: () => readonly number[]): Promise<Sample> {
  const cpuMicros = processorTime(pids);
  const start = performance.now();
  let seen = 0;
  await way(input, () => {
    seen += 1;
  });
  const wall = seen / ((performance.now() - start) / 1_000);
  if (seen !== input.count) throw new Error(`${seen} of ${input.count} chunks came`);
  return { wall, cpuMicros: cpuMicros() / seen };
}

const firstChunk = (way: Way) => async (): Promise<Sample> => {
  const each: number[] = [];
  for (let n = 0; n < firsts; n++) {
    const start = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- one after the other, that is what is measured
    await way({ count: 1, characters: 100 }, () => {
      each.push(performance.now() - start);
    });
  }
  return { wall: median(each) };
};
