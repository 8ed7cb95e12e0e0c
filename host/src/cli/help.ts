import { Command, CommanderError } from 'commander';
import type { Io } from './io.ts';
import { examples } from './options.ts';

/** A usage error that knows which command it is about: that one's help is the place to look. */
export class UsageError extends CommanderError {
  readonly command: string;

  constructor({ exitCode, code, message }: CommanderError, command: string) {
    super(exitCode, code, message);
    this.command = command;
  }
}

/** Nothing of commander's may touch the real terminal or end the process. */
export function prepare(command: Command, io: Io): void {
  for (const inner of command.commands) prepare(inner, io);
  command
    // Its lines are broken where the terminal ends, not where those of the source do.
    .description(command.description().replaceAll('\n', ' '))
    .helpOption('-h, --help', 'show help')
    .exitOverride((error) => {
      throw error.exitCode === 0
        ? error
        : new UsageError(missingBelow(command, error), pathOf(command));
    })
    .allowExcessArguments(false)
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions: globalOptions })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: () => {},
      getOutHelpWidth: () => (io.stdout.isTTY ? io.stdout.columns : 100),
      getErrHelpWidth: () => (io.stderr.isTTY ? io.stderr.columns : 100),
    });
}

/** `capstan help journal query` is `capstan journal query --help`. */
export function helpCommand(program: Command): Command {
  return new Command('help')
    .summary('show help for a command')
    .description('Shows what a command does, its options, and examples.')
    .argument('[command...]', 'the words of the command')
    .addHelpText('after', examples(['capstan help submit', ''], ['capstan help journal query', '']))
    .action(async (words: string[]) => {
      let command = program;
      for (const word of words) {
        const inner = command.commands.find((one) => one.name() === word);
        if (inner === undefined && command.commands.length === 0) break;
        // Only those that have commands below them: they take no argument, and refuse it as without `help`.
        if (inner === undefined) return void (await command.parseAsync([word], { from: 'user' }));
        command = inner;
      }
      command.help();
    });
}

/** Those of `capstan` itself. What `capstan journal` takes is not for each command below it. */
function globalOptions(command: Command): Command['options'][number][] {
  let root = command;
  while (root.parent !== null) root = root.parent;
  return root === command ? [] : root.options.filter(({ hidden }) => !hidden);
}

/** To a command that does something by itself too, a mistyped command below it is an argument too many. */
function missingBelow(command: Command, error: CommanderError): CommanderError {
  const [word] = command.args;
  if (error.code === 'commander.help') return commandNeeded(command, error);
  if (error.code !== 'commander.excessArguments' || word === undefined) return error;
  const names = command.commands.map((one) => one.name());
  if (names.length === 0) return error;
  const message = `${command.name()} has no command "${word}"\n(It has ${names.join(', ')}. See \`${pathOf(command)} --help\`.)`;
  return new CommanderError(error.exitCode, 'commander.unknownCommand', message);
}

/** One that only has commands below it does nothing by itself. */
function commandNeeded(command: Command, { exitCode, code }: CommanderError): CommanderError {
  const names = command.commands.map((one) => one.name());
  const message = `${pathOf(command)} needs one of its commands: ${names.join(', ')}`;
  return new CommanderError(exitCode, code, message);
}

const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
