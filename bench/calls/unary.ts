import { call as callHost } from '../../host/src/calls.ts';
import { bareCaller } from '../floors/bare.ts';
import type { Bench } from '../measure/bench.ts';
import type { Budget, Figure, Measure } from '../measure/figure.ts';
import { inMillis, inTurn, oneByOne, type Sample } from '../measure/sides.ts';
import { call, wholeValue } from './call.ts';
import { type Language, languages, nameOf, type Ours } from './ours.ts';

const sizes = [
  { bytes: 100, count: 100, word: '100 B', id: '100B' },
  { bytes: 10_000, count: 50, word: '10 KB', id: '10KB' },
  { bytes: 100_000, count: 20, word: '100 KB', id: '100KB', tenth: '10KB' },
  { bytes: 1_000_000, count: 4, word: '1 MB', id: '1MB', tenth: '100KB' },
  { bytes: 10_000_000, count: 1, word: '10 MB', id: '10MB', tenth: '1MB' },
] as const;
type Size = (typeof sizes)[number];

/** Warm calls with a text there and back, straight to a worker and as a durable job of the whole host. */
export async function unary(bench: Bench, ours: Ours): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of sizes) {
    bench.say(`calls with ${size.word} …`);
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    figures.push(...(await ofSize(bench, ours, size)));
  }
  return figures;
}

async function ofSize({ size, systems }: Bench, ours: Ours, what: Size): Promise<Figure[]> {
  const { bytes, count } = what;
  const text = 'x'.repeat(bytes - '{"text":""}'.length);
  const caller = bareCaller(ours.bare.socket, JSON.stringify({ text }));
  const inUnit = bytes === 100 ? (sample: Sample): Sample => sample : inMillis;
  const each = (act: () => Promise<void>, pids: () => readonly number[]) => async () =>
    inUnit(await oneByOne(count, act, pids));
  const direct = (language: Language) => {
    const worker = ours.workers[language];
    return each(
      async () => mustBe(text, wholeValue(await call(worker, 'echo', { text }))),
      () => [worker.pid],
    );
  };
  const durable = (language: Language) =>
    each(
      async () =>
        mustBe(text, wholeValue(await callHost(ours.whole.host, `${language}.echo`, { text }))),
      ours.whole.workerPids,
    );
  const beside = await systems.sides('call', bytes, count);
  const measures = await inTurn(
    {
      floor: each(caller.call, ours.bare.pids),
      directNode: direct('node'),
      directPython: direct('python'),
      hostNode: durable('node'),
      hostPython: durable('python'),
      ...Object.fromEntries(
        Object.entries(beside).map(([name, act]) => [name, async () => inUnit(await act())]),
      ),
    },
    size,
  );
  await caller.close();
  const { floor, directNode, directPython, hostNode, hostPython, ...theirs } = measures;
  const ofOurs = {
    direct: { node: directNode, python: directPython },
    host: { node: hostNode, python: hostPython },
  };
  return languages.flatMap((language) =>
    (['direct', 'host'] as const).map((way) => {
      const others = way === 'direct' && language === 'python' ? theirs : {};
      return figure(what, way, language, { floor, capstan: ofOurs[way][language], ...others });
    }),
  );
}

const ways = {
  direct: 'straight to the worker',
  host: 'as a durable job of the whole host',
} as const;

const source = 'architecture 7';
const budgets: { readonly [id: string]: readonly Budget[] } = {
  'direct.node.100B': [{ of: 'ratio', to: 'floor', atMost: 1.5, source }],
  'direct.python.100B': [{ of: 'ratio', to: 'floor', atMost: 5, source }],
};

function figure(
  size: Size,
  way: keyof typeof ways,
  language: Language,
  sides: { capstan: Measure; floor: Measure },
): Figure {
  const id = `${way}.${language}`;
  return {
    id: `calls.${id}.${size.id}`,
    what: `${size.word} there and back, ${nameOf[language]} worker, ${ways[way]}`,
    unit: size.bytes === 100 ? 'µs' : 'ms',
    sides,
    floor: 'the same body to a bare node:http over a unix socket, kept alive',
    budgets: budgets[`${id}.${size.id}`] ?? [],
    ...('tenth' in size && { tenfold: `calls.${id}.${size.tenth}` }),
  };
}

function mustBe(text: string, found: unknown): void {
  if (found !== text) throw new Error('not what was sent came back');
}
