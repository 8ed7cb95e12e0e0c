import type { Holder } from '../kernel/index.ts';

/** The attempts that hold a lane of the host and a slot of their instance, by instance. */
export class Floor {
  readonly holders = new Map<string, Map<string, Holder>>();

  get size(): number {
    let size = 0;
    for (const each of this.holders.values()) size += each.size;
    return size;
  }

  enter(instance: string, holder: Holder): void {
    const known = this.holders.get(instance) ?? new Map<string, Holder>();
    this.holders.set(instance, known.set(holder.jobId, holder));
  }

  /** Another attempt at the same job keeps its place. */
  leave(instance: string, holder: Holder): void {
    const known = this.holders.get(instance);
    if (known?.get(holder.jobId) === holder) known.delete(holder.jobId);
    if (known?.size === 0) this.holders.delete(instance);
  }
}
