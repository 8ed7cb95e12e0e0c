import { CommanderError } from 'commander';
import { eventSchema } from './event-document.ts';
import type { ExitCode } from './exit-codes.ts';
import { type Failure, describeFailure, exitCodeOf, failureOf } from './failure.ts';
import type { Io } from './io.ts';
import { processIo, whenWritten } from './process-io.ts';
import { programFor } from './program.ts';
import { type Doors, doors } from './runtime.ts';
import { styleFor, wantsColor } from './terminal/style.ts';

/** `capstan` as a process: runs the command line and ends with its exit code. */
export async function main(argv: string[]): Promise<void> {
  const code = await execute(argv, processIo());
  process.exitCode = code;
  await whenWritten();
  process.exit(code);
}

/** The same without a process around it: whatever happens becomes text on `io` and an exit code. */
export async function execute(argv: string[], io: Io, open: Doors = doors): Promise<ExitCode> {
  let code: ExitCode = 0;
  try {
    const program = await programFor(argv, io, open, (ended) => {
      code = ended;
    });
    if (argv.length === 0) program.help();
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    return report(thrown, argv, io);
  }
}

/** Parsing itself may have failed, so the flags that shape the answer are looked up in the raw words. */
export function report(thrown: unknown, argv: string[], io: Io): ExitCode {
  const failure = failureOf(thrown);
  const flags = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length);
  const json = flags.includes('--json');
  if (json) io.stdout.write(`${errorText(failure, flags.includes('--watch'))}\n`);
  if (!json || (io.stderr.isTTY && !io.stdout.isTTY)) {
    const style = styleFor(wantsColor(!flags.includes('--no-color'), io.env, io.stderr));
    io.stderr.write(`${describeFailure(failure, style).join('\n')}\n`);
  }
  return exitCodeOf(failure);
}

/** With `--watch` an error is one more line of the stream. */
function errorText(error: Failure, isStream: boolean): string {
  return isStream
    ? JSON.stringify({ schema: eventSchema, type: 'error', error })
    : JSON.stringify({ error }, null, 2);
}
