import { type Context, createContext, Script } from 'node:vm';

/** A schema that cannot be applied; the message says why, to follow "it cannot be used:". */
export class UnusableSchema extends Error {}

/** A check of settings takes about a millisecond; a pattern that backtracks without end takes years. */
const limitMs = 2000;

const script = new Script('work()');
let room: Context | undefined;

/**
 * Runs something that others' schemas can make endless. V8 ends it where it is, also inside a regular
 * expression. Throws UnusableSchema for that, and for one whose rules refer to themselves without end.
 */
export function withinTime<T>(work: () => T): T {
  room ??= createContext({});
  let done: { result: T } | undefined;
  room['work'] = () => {
    done = { result: work() };
  };
  try {
    script.runInContext(room, { timeout: limitMs });
  } catch (error) {
    throw reasonOf(error);
  } finally {
    room['work'] = undefined;
  }
  if (done === undefined) throw new UnusableSchema('it could not be applied');
  return done.result;
}

/** The same for what can take no time to speak of, which need not be watched. */
export function withinStack<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw reasonOf(error);
  }
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
