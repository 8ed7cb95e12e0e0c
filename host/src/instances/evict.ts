import { setTimeout as pause } from 'node:timers/promises';
import { defaults } from '../defaults.ts';
import type { TreeUse } from '../resources/index.ts';
import type { ByDevice } from '../stores/index.ts';
import type { Desk } from './desk.ts';
import type { Tenure } from './tenure.ts';
import { tell } from './voice.ts';

/** What became of an instance that was to make room. */
export type Eviction =
  /** It let go of what it held, and its worker goes on. */
  | { kind: 'released'; freed: Freed }
  /** Its worker was ended. Its next call starts another. */
  | { kind: 'ended'; freed: Freed }
  /** It has work, is starting, or is being worked on: it stays. */
  | { kind: 'busy' }
  /** There is nothing to free. */
  | { kind: 'absent' };

export interface Freed {
  rssBytes: number;
  /** By GPU; null where that cannot be told. */
  vramBytes: ByDevice | null;
}

export interface EvictionReason {
  reason: string;
  forWhom?: string | undefined;
  /** That its tool lets go of something is not enough. */
  mustEnd?: boolean;
}

/**
 * Has an idle instance free its memory, and resolves when it is free. Calls that come meanwhile wait for that. One
 * that is executing, starting, or being worked on is never touched.
 */
export async function evict(
  { roster, around }: Desk,
  id: string,
  { reason, forWhom, mustEnd = false }: EvictionReason,
): Promise<Eviction> {
  const instance = roster.live(id);
  if (instance === undefined || !instance.isUp) return { kind: 'absent' };
  const { tenure } = instance;
  if (tenure === null || !instance.isIdle) return { kind: 'busy' };
  const closure = {
    why: `waiting while ${id} makes room for ${forWhom ?? 'others'}`,
    state: 'stopping',
  } as const;
  const eviction = await instance.operate(() =>
    instance.inQuiet(closure, undefined, () => free(around.monitor, tenure, mustEnd)),
  );
  const { rssBytes, vramBytes } = eviction.freed;
  tell(around, tenure.setup, 'instance_evicted', tenure.worker.session, {
    reason,
    how: eviction.kind,
    freedBytes: rssBytes,
    ...(vramBytes === null ? {} : { freedVramBytes: vramBytes }),
    ...(forWhom === undefined ? {} : { for: forWhom }),
  });
  return eviction;
}

async function free(
  monitor: Desk['around']['monitor'],
  tenure: Tenure,
  mustEnd: boolean,
): Promise<{ kind: 'released' | 'ended'; freed: Freed }> {
  const { pid } = tenure.worker;
  const look = async (maxAgeMs?: number): Promise<TreeUse | null> =>
    monitor
      .measure([pid], maxAgeMs)
      .then(({ trees }) => trees.get(pid) ?? null)
      .catch(() => null);
  const before = await look();
  if (!mustEnd && before !== null && (await isReleased(tenure))) {
    // Drivers and allocators give memory back when they get to it.
    for (const pauseMs of [0, 50, 200]) {
      // oxlint-disable-next-line no-await-in-loop -- looks again only where the last look was too early
      await pause(pauseMs);
      // oxlint-disable-next-line no-await-in-loop -- see above
      const after = await look(0);
      if (after !== null && isWorthIt(before, after)) {
        return { kind: 'released', freed: difference(before, after) };
      }
    }
  }
  await tenure.retire();
  return { kind: 'ended', freed: difference(before, null) };
}

/** Tools that know how to let go of a model say so; the others are ended. */
async function isReleased({ worker }: Tenure): Promise<boolean> {
  const outcome = await worker
    .ask('POST', '/release', undefined, { timeoutMs: defaults.releaseMs })
    .catch(() => null);
  if (outcome?.kind !== 'result') return false;
  const { value } = outcome;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && value['status'] === 'released';
}

const total = (vram: ByDevice): number =>
  Object.values(vram).reduce((sum, bytes) => sum + bytes, 0);

/** Room is what was asked for: one that keeps more than half of what it held is ended after all. */
function isWorthIt(before: TreeUse, after: TreeUse): boolean {
  const held = total(before.vram ?? {});
  if (held > 0) return total(after.vram ?? {}) <= held / 2;
  return after.rssBytes <= before.rssBytes / 2;
}

function difference(before: TreeUse | null, after: TreeUse | null): Freed {
  const vram = Object.entries(before?.vram ?? {}).map(
    ([index, bytes]) => [index, Math.max(0, bytes - (after?.vram?.[Number(index)] ?? 0))] as const,
  );
  return {
    rssBytes: Math.max(0, (before?.rssBytes ?? 0) - (after?.rssBytes ?? 0)),
    vramBytes: before === null || before.vram === null ? null : Object.fromEntries(vram),
  };
}
