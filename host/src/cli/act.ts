import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/** Makes a commander action of a handler that gets a context first and answers with an exit code. */
export type Act = <Args extends unknown[]>(
  handler: (context: Context, ...args: Args) => Promise<ExitCode>,
) => (...args: Args) => Promise<void>;
