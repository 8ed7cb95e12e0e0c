import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { plain } from '../../terminal/plain.ts';
import { size } from '../../terminal/quantities.ts';
import { bytesOf, documentOf, findResults } from './find.ts';

export interface PruneOptions {
  olderThan?: number;
  largerThan?: number;
  all?: true;
  keep?: string[];
  dryRun?: boolean;
}

export async function prune(
  context: Context,
  capability: string | undefined,
  { olderThan, largerThan, all, keep = [], dryRun = false }: PruneOptions,
): Promise<ExitCode> {
  if (olderThan === undefined && largerThan === undefined && all === undefined) {
    throw new HostError('USAGE', 'cache prune was not told what goes.', {
      hint: 'Say `--older-than 30d`, `--larger-than 1GB`, both, or `--all`.',
    });
  }
  const { root, dataDir, runtime, results } = await findResults(context, capability);
  const nowMs = context.io.nowMs();
  const pruning = {
    keep,
    ...(olderThan === undefined ? {} : { olderThanMs: olderThan }),
    ...(largerThan === undefined ? {} : { largerThanBytes: largerThan }),
  };
  const { going, unknown } = runtime.resultsToPrune(results, pruning, nowMs);
  if (unknown[0] !== undefined) throw noSuchResult(unknown[0], results, runtime.didYouMean);
  let unfinished = 0;
  if (!dryRun) {
    await runtime.removeResults(going);
    unfinished = await runtime.removeAbandoned(dataDir, capability, nowMs);
  }
  const bytes = bytesOf(going);
  const bytesLeft = bytesOf(results) - bytes;
  if (context.json) {
    const removed = going.map(documentOf);
    context.printJson({ workspace: root, dryRun, bytes, bytesLeft, unfinished, removed });
    return 0;
  }
  context.print(...going.map(({ id, bytes: own }) => `${plain(id)}  ${size(own)}`));
  const what = `${going.length} ${going.length === 1 ? 'result' : 'results'}`;
  const would = dryRun ? `${what} would go` : `${what} removed`;
  context.say(
    going.length === 0
      ? `nothing to remove; ${size(bytesLeft)} in all`
      : `${would}, ${size(bytes)} freed, ${size(bytesLeft)} left`,
  );
  return 0;
}

function noSuchResult(
  id: string,
  results: readonly { id: string }[],
  didYouMean: (word: string, known: readonly string[]) => string | undefined,
): HostError {
  const known = results.map((result) => result.id);
  return new HostError('USAGE', `There is no cached result "${id}" to keep.`, {
    hint: didYouMean(id, known) ?? 'See `capstan cache list`.',
    details: { keep: id },
  });
}
