import { CommanderError } from 'commander';
import { type ErrorCode, errorTable } from '../error-table.ts';
import { HostError, messageOf } from '../errors.ts';
import type { ExitCode } from './exit-codes.ts';
import { UsageError } from './help.ts';
import { oneLine, plain } from './terminal/plain.ts';
import type { Style } from './terminal/style.ts';

/** A failed command, in the one shape that is printed for people and for scripts. */
export interface Failure {
  code: string;
  category: string;
  message: string;
  hint?: string;
  details: { [key: string]: unknown };
}

export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof HostError) {
    const { code, category, hint, details } = thrown;
    return {
      code,
      category,
      message: plain(withCause(thrown)),
      ...(hint === undefined ? {} : { hint: plain(hint) }),
      details,
    };
  }
  if (thrown instanceof CommanderError) return usageFailure(thrown);
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  return {
    code: 'INTERNAL',
    category: 'fatal',
    message: plain(messageOf(thrown)),
    ...(errorTable.INTERNAL.hint === undefined ? {} : { hint: errorTable.INTERNAL.hint }),
    details: { stack },
  };
}

/** The message, and what caused it where the message does not already say so. */
function withCause(error: HostError): string {
  if (error.cause === undefined) return error.message;
  const cause = messageOf(error.cause);
  return error.message.includes(cause) ? error.message : `${error.message}\nbecause: ${cause}`;
}

/** Commander writes `error: unknown option '--jsno'\n(Did you mean --json?)`, and so does `help.ts`. */
function usageFailure(error: CommanderError): Failure {
  const [, what = error.message, guess] =
    /^(?:error: )?([^]*?)(?:\n\(([^]*)\))?$/.exec(error.message.trim()) ?? [];
  const command = error instanceof UsageError ? error.command : 'capstan';
  return {
    code: 'USAGE',
    category: 'input',
    message: plain(what),
    hint: plain(guess ?? bareInput(what) ?? `See \`${command} --help\`.`),
    details: {},
  };
}

/** `capstan run hello.greet who=World`, as some other tools have it. */
function bareInput(what: string): string | undefined {
  const word = /^too many arguments for 'run'.*?[ ,]([^\s,=]+=[^,]*?)(?:,|\.$)/.exec(what)?.[1];
  return word === undefined ? undefined : `Give inputs as options: --input ${word}`;
}

/** That of the error's code, but for signals, which say themselves how they end a process. */
export function exitCodeOf({ code, details }: Failure): ExitCode {
  if (code === 'INTERRUPTED' && details['exit'] === 143) return 143;
  return Object.hasOwn(errorTable, code) ? errorTable[code as ErrorCode].exit : 1;
}

/** What happened and why, what to do next, and the code to look up in docs/errors.md. */
export function describeFailure(failure: Failure, style: Style): string[] {
  const [first = '', ...more] = failure.message.split('\n');
  const lines = [`${style.red('error')}: ${first}`, ...more.map((line) => `  ${line}`)];
  if (failure.hint !== undefined) lines.push(`  ${style.bold('try')}: ${oneLine(failure.hint)}`);
  lines.push(style.dim(`  code: ${failure.code}`));
  const stack = failure.details['stack'];
  if (failure.code === 'INTERNAL' && typeof stack === 'string') lines.push(style.dim(stack));
  return lines;
}
