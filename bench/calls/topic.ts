import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { accounts } from './accounts.ts';
import { inFlight } from './in-flight.ts';
import { openOurs } from './ours.ts';
import { records } from './records.ts';
import { unary } from './unary.ts';

/** What a call costs by the size of its values, how many go at once, and what it tells meanwhile. */
export async function calls(bench: Bench): Promise<Figure[]> {
  const ours = await openOurs(bench.folder);
  try {
    return [
      ...(await unary(bench, ours)),
      ...(await inFlight(bench, ours)),
      ...(await records(bench, ours)),
      ...(await accounts(bench, ours)),
    ];
  } finally {
    await ours.close();
  }
}
