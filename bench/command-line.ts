import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { listed, nearest } from '../host/src/kernel/nearest.ts';
import type { Size } from './measure/bench.ts';
import { againstWords, selectSystems } from './systems/index.ts';
import type { SystemEntry } from './systems/system.ts';
import { topics } from './topics.ts';

export interface Asked {
  topics: readonly string[];
  /** Whether those are all there are. */
  isWhole: boolean;
  systems: readonly SystemEntry[];
  size: Size['name'];
  json: boolean;
  out: string;
  /** What is done besides measuring, or instead of it. */
  act: 'measure' | 'list' | 'page' | 'help';
}

export const help = `Measures Capstan side by side with the systems it replaces and with what the machine cannot go below.

  npm run bench                              everything, beside everything that can be had here
  npm run bench -- --only queue              one topic; --list names them; may be given several times
  npm run bench -- --against reference       beside the published cjm-substrate and dos-kernel only
  npm run bench -- --quick                   fewer rounds and smaller sizes, kept apart from the full results

Options
  --only TOPIC       what to measure (repeatable)
  --against WHOM     all (default), none, reference, neighbours, or single ones (repeatable)
  --quick            minutes instead of half an hour; writes <date>-quick.json and no page
  --json             prints the results as JSON on stdout
  --out FOLDER       writes there instead of into bench/
  --page             draws the page again from the latest results, without measuring
  --list             names the topics
  --help             this

Writes results/<date>.json after each topic, and RESULTS.md with its plots at the end. Packages of the others
are installed into ~/.cache/capstan-bench (CAPSTAN_BENCH_CACHE), data is written below the folder for temporary
files (CAPSTAN_BENCH_DIR: another disk). Ends with 0; 1 where a topic failed or a missed budget is unexplained; 2 for a command that
is not understood.`;

/** What the command line asks for, or what is wrong with it. */
export function readCommandLine(args: readonly string[]): Asked | { wrong: string } {
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options, strict: true }));
  } catch (error) {
    const { message } = error as Error;
    return { wrong: `${message.split('. ')[0]}; npm run bench -- --help tells the options` };
  }
  const known = Object.keys(topics);
  const unknown = values.only.find((name) => !known.includes(name));
  if (unknown !== undefined) return { wrong: unknownWord('topic', unknown, known) };
  const systems = selectSystems(values.against.length === 0 ? ['all'] : values.against);
  if ('unknown' in systems)
    return { wrong: unknownWord('system', systems.unknown, againstWords()) };
  return {
    topics: values.only.length === 0 ? known : known.filter((name) => values.only.includes(name)),
    isWhole: values.only.length === 0,
    systems,
    size: values.quick ? 'quick' : 'full',
    json: values.json,
    out: values.out ?? join(import.meta.dirname),
    act: values.help ? 'help' : values.list ? 'list' : values.page ? 'page' : 'measure',
  };
}

const options = {
  only: { type: 'string', multiple: true, default: [] as string[] },
  against: { type: 'string', multiple: true, default: [] as string[] },
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  out: { type: 'string' },
  page: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function unknownWord(kind: string, word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  return `there is no ${kind} ${word}${hint} There are ${listed(known, 20)}`;
}
