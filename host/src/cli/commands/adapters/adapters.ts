import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import {
  adaptersFor,
  type Match,
  matchOf,
  needsText,
  type Recorded,
  readRecorded,
  verdictText,
} from '../../matching.ts';
import type { AdapterManifest } from '../../runtime.ts';
import { plain } from '../../terminal/plain.ts';

export interface AdaptersOptions {
  task?: string;
}

export async function adapters(context: Context, { task }: AdaptersOptions): Promise<ExitCode> {
  const recorded = await readRecorded(context);
  const shown = task === undefined ? recorded.adapters : adaptersFor(recorded, task);
  if (context.json) {
    context.printJson({
      workspace: recorded.root,
      adapters: shown.map((one) => documentOf(one, matchesOf(recorded, one))),
      problems: recorded.problems,
    });
  } else if (shown.length === 0) {
    context.say('No adapter is installed here. docs/adapters.md says what they are good for.');
  } else {
    const tasks = [...new Set(shown.map(({ task_name: name }) => name))].toSorted();
    for (const name of tasks) {
      const giving = shown.filter((one) => one.task_name === name);
      context.print(...describeTask(context, recorded, name, giving));
    }
  }
  return 0;
}

const matchesOf = ({ runtime, capabilities }: Recorded, adapter: AdapterManifest): Match[] =>
  capabilities.map((capability) => matchOf(runtime, capability, adapter));

function describeTask(
  { style }: Context,
  recorded: Recorded,
  task: string,
  giving: AdapterManifest[],
): string[] {
  return [
    style.bold(plain(task)),
    ...giving.flatMap((adapter) => {
      const matches = matchesOf(recorded, adapter);
      const width = Math.max(...matches.map(({ capability }) => capability.length));
      return [
        `  ${[adapter.name, adapter.version].filter(Boolean).map(plain).join(' ')}${style.dim(origin(adapter))}`,
        `    ${style.dim('needs')}  ${plain(needsText(adapter))}`,
        ...matches.map((match) => {
          const paint = match.verdict.compatible ? style.green : style.dim;
          return `    ${match.capability.padEnd(width)}  ${paint(plain(verdictText(match)))}`;
        }),
      ];
    }),
  ];
}

/** Several tools may bring a class of one name. */
const origin = ({ capstan }: AdapterManifest): string =>
  capstan === null ? '' : `  with ${capstan.capability}`;

const documentOf = (adapter: AdapterManifest, matches: Match[]): object => ({
  name: adapter.name,
  version: adapter.version,
  task: adapter.task_name,
  module: adapter.module,
  class: adapter.class,
  protocol: adapter.required_tool_protocol,
  needs: adapter.protocol_members,
  methods: adapter.capstan?.methods ?? {},
  installedWith: adapter.capstan?.capability ?? null,
  manifest: adapter.file,
  capabilities: matches.map(({ capability, bound, here, verdict }) => ({
    name: capability,
    bound,
    here,
    ...verdict,
  })),
});
