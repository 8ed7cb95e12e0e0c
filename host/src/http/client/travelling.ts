import { BadValue, type Json, wireValue } from '@capstan/protocol';
import type { JobRequest } from '../../index.ts';
import { HostError } from '../../errors.ts';

/**
 * A request as it is written to the socket: what a program passes besides JSON becomes JSON here, values of
 * registered classes and values that save themselves to a file among it. Throws INPUT_INVALID.
 */
export function travelling(request: JobRequest): Json {
  try {
    return wireValue(request);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    const place = error.place.replace(/^\$\.input\.?/, '');
    throw new HostError('INPUT_INVALID', `argument ${place} ${error.problem}`, { cause: error });
  }
}
