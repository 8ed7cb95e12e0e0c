import { durationText } from '../../kernel/wording.ts';
import type { Sign } from '../../kernel/liveness.ts';
import type { LeaseView } from '../view.ts';
import type { LoggedEvent } from '../service.ts';
import type { Commit } from './commits.ts';

type Held = Pick<
  LeaseView,
  'id' | 'acquiredAt' | 'acquiredMs' | 'renewedMs' | 'termMs' | 'progress'
>;

/**
 * What the ledger tells of a lease: that it was renewed is a sign of life, a write that it guarded and a part of it that
 * was granted are a change. What others did to it, a halt for example, is neither.
 */
export function leaseSigns(lease: Held, log: readonly LoggedEvent[]): Sign[] {
  const { id } = lease;
  const signs = log.flatMap((event): Sign[] => {
    const sign = signOf(event, id);
    return sign === null ? [] : [{ of: id, atMs: Date.parse(event.at), ...sign }];
  });
  // The lease says when it was last renewed, also where the log was compacted since.
  if (
    lease.renewedMs > lease.acquiredMs &&
    !log.some(({ type, leaseId }) => type === 'renewed' && leaseId === id)
  ) {
    signs.push({
      of: id,
      atMs: Date.parse(lease.acquiredAt) + lease.renewedMs - lease.acquiredMs,
      what: 'its lease was renewed',
      isChange: false,
    });
  }
  // So it does of what changed under it: a compaction makes nobody spin.
  const { progress } = lease;
  if (progress !== undefined && !signs.some(({ isChange }) => isChange)) {
    signs.push({
      of: id,
      atMs: Date.parse(lease.acquiredAt) + progress.lastMs - lease.acquiredMs,
      what: `the last of ${progress.count} guarded writes and parts of it`,
      isChange: true,
    });
  }
  return signs;
}

function signOf(
  { type, leaseId, payload }: LoggedEvent,
  id: string,
): Pick<Sign, 'what' | 'isChange'> | null {
  if (type === 'granted') {
    const { lease } = payload as { lease?: { parent?: unknown } };
    return lease?.parent === id
      ? { what: `a part of it was granted as ${leaseId ?? 'a lease'}`, isChange: true }
      : null;
  }
  if (leaseId !== id) return null;
  switch (type) {
    case 'renewed':
      return { what: `its lease was renewed${forText(payload['termMs'])}`, isChange: false };
    case 'adopted':
      return { what: 'its lease was adopted', isChange: false };
    case 'attributed':
      return { what: 'a process was put down to it', isChange: false };
    case 'guarded': {
      const what = payload['what'];
      return {
        what: `a guarded write${typeof what === 'string' ? ` of ${what}` : ''}`,
        isChange: true,
      };
    }
    default:
      return null;
  }
}

const forText = (termMs: unknown): string =>
  typeof termMs === 'number' ? ` for ${durationText(termMs)}` : '';

/** Commits in what the lease holds. Those beside it are not among them. */
export const commitSigns = (id: string, commits: readonly Commit[]): Sign[] =>
  commits.map(({ hash, file, atMs }) => ({
    of: id,
    atMs,
    what: `commit ${hash.slice(0, 9)} to ${file}`,
    isChange: true,
  }));
