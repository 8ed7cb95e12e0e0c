import { join, relative } from 'node:path';
import { type Asked, help, readCommandLine } from './command-line.ts';
import { measureTopics } from './measure-topics.ts';
import { asText } from './page/text.ts';
import { writePage } from './page/write.ts';
import {
  codeOf,
  empty,
  latestResults,
  merge,
  type Results,
  type Run,
  thisMachine,
  writeWhole,
} from './results.ts';
import { topics } from './topics.ts';

/** `npm run bench`: all that this project says of its speed, measured in turn with what it is compared to. */
const args = process.argv.slice(2);
const asked = readCommandLine(args);
if ('wrong' in asked) {
  console.error(asked.wrong);
  process.exitCode = 2;
} else if (asked.act === 'help') console.log(help);
else if (asked.act === 'list') listTopics();
else if (asked.act === 'page') drawPage(asked);
else await measureAll(asked);

function listTopics(): void {
  for (const [name, { tells }] of Object.entries(topics))
    console.log(`${name.padEnd(12)} ${tells}`);
}

/** The page of what was measured last. */
function drawPage({ out }: Asked): void {
  const latest = latestResults(join(out, 'results'));
  if (latest === null) {
    console.error(`nothing has been measured into ${out}: npm run bench`);
    process.exitCode = 1;
  } else if (writePage(out, latest.results).length > 0) process.exitCode = 1;
}

async function measureAll({
  size,
  json,
  out,
  isWhole,
  topics: names,
  systems,
}: Asked): Promise<void> {
  const started = new Date();
  const folder = join(out, 'results');
  const file = `${started.toISOString().slice(0, 10)}${size === 'quick' ? '-quick' : ''}.json`;
  const path = join(folder, file);
  // A run of everything says all there is to say; one of a part goes into what was measured last.
  const startsAnew = isWhole || size === 'quick';
  let results: Results = startsAnew ? empty : (latestResults(folder)?.results ?? empty);
  let run: Run = {
    id: started.toISOString(),
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    size,
    seconds: 0,
    ...codeOf(join(import.meta.dirname, '..')),
    machine: thisMachine(),
    topics: {},
    systems: {},
  };
  for await (const topic of measureTopics(names, { id: run.id, size, systems })) {
    const { name, figures, seconds, failed } = topic;
    if (figures.length > 0) console.error(asText(figures));
    run = {
      ...run,
      seconds: Math.round((Date.now() - started.getTime()) / 1_000),
      topics: { ...run.topics, [name]: { seconds, ...(failed !== undefined && { failed }) } },
      systems: topic.systems,
    };
    results = merge(results, run, figures);
    writeWhole(path, `${JSON.stringify(results, null, 1)}\n`);
  }
  if (json) console.log(JSON.stringify(results, null, 1));
  console.error(`${relative(process.cwd(), path)} is written`);
  const problems = size === 'quick' ? [] : writePage(out, results);
  const failures = Object.values(run.topics).filter(({ failed }) => failed !== undefined);
  if (failures.length > 0 || problems.length > 0) process.exitCode = 1;
}
