import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Place, withHost } from '../../host-client/index.ts';
import { requireJobId } from '../../ids.ts';
import { summaryOf } from '../../job-summary.ts';

export interface ReorderOptions {
  priority?: number;
  first?: true;
  last?: true;
}

export async function reorder(
  context: Context,
  id: string,
  options: ReorderOptions,
): Promise<ExitCode> {
  requireJobId(id);
  const place = placeIn(options);
  const job = await withHost(context, { dispatch: false }, (host) => host.reorder(id, place));
  if (context.json) context.printJson(summaryOf(job));
  else context.print(`${id} ${standsAt(place)}has priority ${job.priority}`);
  return 0;
}

/** A place in line may need no other priority, or any other. */
const standsAt = (place: Place): string => ('to' in place ? `stands ${place.to}, and ` : '');

function placeIn({ priority, first, last }: ReorderOptions): Place {
  const places: Place[] = [
    ...(priority === undefined ? [] : [{ priority }]),
    ...(first === undefined ? [] : [{ to: 'first' as const }]),
    ...(last === undefined ? [] : [{ to: 'last' as const }]),
  ];
  const [place] = places;
  if (place !== undefined && places.length === 1) return place;
  throw new HostError(
    'USAGE',
    place === undefined ? 'It is not said where to.' : 'It can only go to one place.',
    { hint: 'Give one of --first, --last and --priority <number>.' },
  );
}
