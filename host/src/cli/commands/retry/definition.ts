import { dirname } from 'node:path';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { CompositionSource, RunReport, RunRow } from '../../runtime.ts';

/** The composition file of a run as it is now. Throws FILE_NOT_FOUND where there was none, or is none now. */
export async function definitionOf(
  context: Context,
  { runId, source }: RunRow,
): Promise<CompositionSource> {
  if (source !== null) {
    const { loadComposition } = await context.doors.declared();
    return loadComposition(source, dirname(source));
  }
  throw new HostError(
    'FILE_NOT_FOUND',
    `${runId} was made from no file, so there is no newer one.`,
    {
      hint: `Leave --with-definition away, or start anew with \`capstan run\`.`,
      details: { runId },
    },
  );
}

/** What is done again although the earlier run had completed it, each with why. */
export function tellReuse({ nodes }: RunReport, note: (text: string) => void): void {
  for (const [id, { again }] of Object.entries(nodes)) {
    if (again !== undefined) note(`${id} is done again: ${again}`);
  }
}
