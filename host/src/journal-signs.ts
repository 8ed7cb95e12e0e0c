import type { Sign } from './kernel/liveness.ts';
import type { JournalRow } from './stores/index.ts';

/**
 * What rows of the journal tell of a run or a job. What changed is what the host itself saw: an attempt began, its
 * progress rose, a node was done. Whatever else a worker says of itself is a sign of life, and so is one more attempt at
 * the same; what people did to a job is neither.
 */
export function journalSigns(of: string, rows: readonly JournalRow[]): Sign[] {
  return rows.flatMap((row): Sign[] => {
    if (byPeople.has(row.eventType)) return [];
    const isChange = changes.has(row.eventType) && !isAgain(row);
    return [{ of, atMs: Date.parse(row.ts), what: whatText(row), isChange }];
  });
}

const changes: ReadonlySet<string> = new Set([
  'job_started',
  'call_progressed',
  'job_finished',
  'node_skipped',
  'node_reused',
  'run_finished',
]);

const byPeople: ReadonlySet<string> = new Set([
  'job_submitted',
  'job_reordered',
  'job_cancel_requested',
  'job_decided',
  'run_submitted',
  'run_cancel_requested',
]);

/** The second attempt is no change, nor is its failing. */
function isAgain({ eventType, payload }: JournalRow): boolean {
  const { attempt } = payload;
  return eventType === 'job_started' && typeof attempt === 'number' && attempt > 1;
}

function whatText({ eventType, nodeId, payload }: JournalRow): string {
  const what = eventType.replaceAll('_', ' ');
  const state = typeof payload['state'] === 'string' ? ` (${payload['state']})` : '';
  const message =
    typeof payload['message'] === 'string' && payload['message'] !== ''
      ? `: ${payload['message']}`
      : '';
  return `${what}${nodeId === null ? '' : ` in node ${nodeId}`}${state}${message}`;
}
