import { createContext, Script } from 'node:vm';
import { UnusableSchema } from './compile.ts';

/** A check of settings takes about a millisecond; a pattern that backtracks without end takes years. */
const limitMs = 2000;

const script = new Script('work()');

/**
 * Runs something that others' schemas can make endless. V8 ends it where it is, also inside a regular
 * expression. Throws UnusableSchema for that, and for one whose rules refer to themselves without end.
 */
export function withinTime<T>(work: () => T): T {
  let done: { result: T } | undefined;
  const room = createContext({
    work: () => {
      done = { result: work() };
    },
  });
  try {
    script.runInContext(room, { timeout: limitMs });
  } catch (error) {
    throw reasonOf(error);
  }
  if (done === undefined) throw new UnusableSchema('it could not be applied');
  return done.result;
}

function reasonOf(error: unknown): unknown {
  if (error instanceof RangeError) {
    return new UnusableSchema('its rules refer to themselves without end, or are nested too deep');
  }
  const isTooLong =
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
  if (!isTooLong) return error;
  return new UnusableSchema(
    `holding these settings against it takes longer than ${limitMs / 1000} s`,
  );
}
