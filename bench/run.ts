import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Asked, help, readCommandLine } from './command-line.ts';
import { sizes } from './measure/bench.ts';
import { asText } from './page/text.ts';
import {
  codeOf,
  currentLoad,
  empty,
  latestResults,
  type MeasuredFigure,
  merge,
  type Results,
  type Run,
  thisMachine,
  writeWhole,
} from './results.ts';
import { Systems } from './systems/index.ts';
import { topics } from './topics.ts';

/** `npm run bench`: everything that this project says of its speed, measured in turn with what it is compared to. */
const asked = readCommandLine(process.argv.slice(2));
if ('wrong' in asked) {
  console.error(asked.wrong);
  process.exitCode = 2;
} else if (asked.act === 'help') console.log(help);
else if (asked.act === 'list') {
  for (const [name, { tells }] of Object.entries(topics))
    console.log(`${name.padEnd(12)} ${tells}`);
} else await measureAll(asked);

async function measureAll({ topics: names, isWhole, systems, size, json, out }: Asked) {
  const started = new Date();
  const folder = join(out, 'results');
  const date = started.toISOString().slice(0, 10);
  const path = join(folder, `${date}${size === 'quick' ? '-quick' : ''}.json`);
  // A run of everything says all there is to say; one of a part goes into what was measured last.
  let results: Results =
    isWhole || size === 'quick' ? empty : (latestResults(folder)?.results ?? empty);
  const data = realpathSync(
    mkdtempSync(join(process.env['CAPSTAN_BENCH_DIR'] ?? tmpdir(), 'capstan-bench-')),
  );
  const beside = new Systems(systems, data, say);
  const onSignal = (): void => {
    say('stopping: what was measured so far is kept');
    void beside.rest().finally(() => {
      rmSync(data, { recursive: true, force: true });
      process.exit(130);
    });
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const took: { [name: string]: { seconds: number; failed?: string } } = {};
  const fixed = {
    id: started.toISOString(),
    command: commandLine(process.argv.slice(2)),
    size,
    ...codeOf(join(import.meta.dirname, '..')),
    machine: thisMachine(),
  };
  try {
    for (const [at, name] of names.entries()) {
      const load = currentLoad();
      console.error(`${name} (${at + 1} of ${names.length})`);
      const begun = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
      const found = await measureTopic(name, data, beside, size);
      took[name] = {
        seconds: Math.round((performance.now() - begun) / 1_000),
        ...('failed' in found && { failed: found.failed }),
      };
      const figures = 'failed' in found ? [] : found.figures;
      if (figures.length > 0) console.error(asText(figures));
      const run: Run = {
        ...fixed,
        seconds: Math.round((Date.now() - started.getTime()) / 1_000),
        topics: took,
        systems: beside.told(),
      };
      const measured = figures.map(
        (figure): MeasuredFigure => ({ ...figure, topic: name, run: run.id, load }),
      );
      results = merge(results, run, measured);
      writeWhole(path, `${JSON.stringify(results, null, 1)}\n`);
    }
  } finally {
    await beside.rest();
    rmSync(data, { recursive: true, force: true });
  }
  if (json) console.log(JSON.stringify(results, null, 1));
  console.error(`${relative(process.cwd(), path)} is written`);
  if (Object.values(took).some(({ failed }) => failed !== undefined)) process.exitCode = 1;
}

async function measureTopic(
  name: string,
  data: string,
  systems: Systems,
  size: Asked['size'],
): Promise<
  { figures: Awaited<ReturnType<(typeof topics)[string]['measure']>> } | { failed: string }
> {
  const folder = mkdtempSync(join(data, `${name}-`));
  try {
    const topic = topics[name];
    if (topic === undefined) throw new Error(`there is no topic ${name}`);
    return { figures: await topic.measure({ folder, size: sizes[size], systems, say }) };
  } catch (error) {
    console.error(error);
    return { failed: (error as Error).message };
  } finally {
    await systems.rest();
    rmSync(folder, { recursive: true, force: true });
  }
}

function say(text: string): void {
  console.error(`  ${text}`);
}

function commandLine(args: readonly string[]): string {
  return ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
}
