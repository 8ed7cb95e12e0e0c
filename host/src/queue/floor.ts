import type { Holder } from '../kernel/index.ts';

/** The attempts that hold a lane of the host and a slot of their capability, by capability. */
export class Floor {
  readonly holders = new Map<string, Map<string, Holder>>();

  get size(): number {
    let size = 0;
    for (const each of this.holders.values()) size += each.size;
    return size;
  }

  enter(capability: string, holder: Holder): void {
    const known = this.holders.get(capability) ?? new Map<string, Holder>();
    this.holders.set(capability, known.set(holder.jobId, holder));
  }

  /** Another attempt at the same job keeps its place. */
  leave(capability: string, holder: Holder): void {
    const known = this.holders.get(capability);
    if (known?.get(holder.jobId) === holder) known.delete(holder.jobId);
    if (known?.size === 0) this.holders.delete(capability);
  }
}
