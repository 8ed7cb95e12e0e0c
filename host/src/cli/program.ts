import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Act } from './act.ts';
import { groups } from './commands/table.ts';
import { type GlobalOptions, contextFor } from './context.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { helpCommand, prepare } from './help.ts';
import type { Io } from './io.ts';
import type { Doors } from './runtime.ts';

/**
 * The commands of `capstan`; only the one that `words` name where that is clear from them, else all: for the
 * overview, and to find out what was meant.
 */
export async function programFor(
  words: readonly string[],
  io: Io,
  doors: Doors,
  ended: (code: ExitCode) => void,
): Promise<Command> {
  const program = new Command('capstan')
    .description(
      'Runs every tool in an environment of its own, composes tools, keeps the receipts.',
    )
    .version(version(), '--version', 'print the version')
    .option(
      '-C, --workspace <folder>',
      'the folder that holds capstan.yaml (default: found upwards from here)',
    )
    .option('--json', 'one JSON document on stdout, errors included')
    .option('--no-color', 'no colours (so do NO_COLOR=1 and TERM=dumb)')
    .option('--no-input', 'never ask a question')
    .addHelpText('after', overview());
  const act: Act =
    (handler) =>
    async (...args) =>
      ended(await handler(contextFor(io, program.opts<GlobalOptions>(), doors), ...args));
  const only = namedCommand(words);
  for (const { title, commands } of groups) {
    program.commandsGroup(title);
    const wanted = Object.entries(commands).filter(([name]) => only === null || name === only);
    // oxlint-disable-next-line no-await-in-loop -- in the order of the overview
    for (const make of await Promise.all(wanted.map(([, load]) => load()))) {
      program.addCommand(make(act));
    }
  }
  program.commandsGroup('Help:');
  program.helpCommand(false);
  if (only === null) program.addCommand(helpCommand(program));
  prepare(program, io);
  return program;
}

/** The command that is certainly meant: the first word, where nothing but known options stand before it. */
function namedCommand(words: readonly string[]): string | null {
  let at = 0;
  while (words[at]?.startsWith('-')) {
    if (!plainOptions.has(words[at] ?? '') && !takesValue.has(words[at] ?? '')) return null;
    at += takesValue.has(words[at] ?? '') ? 2 : 1;
  }
  const word = words[at];
  const isKnown = groups.some(({ commands }) => Object.hasOwn(commands, word ?? ''));
  return word !== undefined && isKnown ? word : null;
}
const plainOptions = new Set(['--json', '--no-color', '--no-input']);
const takesValue = new Set(['-C', '--workspace']);

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  const { version: number } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return number;
}

function overview(): string {
  const codes = Object.entries(exitCodes).map(([code, what]) => `  ${code.padStart(3)}  ${what}`);
  return `
Examples:
  $ capstan init                                    a workspace with a first tool and a first composition
  $ capstan install                                 build what capstan.yaml declares
  $ capstan run hello.greet --input who=World       call one action
  $ capstan run hello.yaml --input who=World        run a composition, live
  $ capstan doctor                                  what is wrong here, and how to fix it

Exit codes:
${codes.join('\n')}

More: docs/cli.md`;
}
