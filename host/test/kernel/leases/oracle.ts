/**
 * What is true of a small world, kept without any of the kernel's ideas: every path of a tree of six, every name and
 * every piece by itself, with the leases that hold it written on it. Nothing here knows patterns, events or states.
 */
export interface TrueLease {
  id: string;
  holder: string;
  run: string | null;
  parent: string | null;
  secret: string;
  token: number;
  /** Indexes of the cells, and whether each is exclusively held. */
  cells: readonly Cell[];
  pieces: number;
  /** Of the process that it lives and dies with: its number and start. */
  process: { pid: number; start: number; isForeign: boolean } | null;
  termMs: number | null;
  /** When it is over by the true clock; null: only with its process. */
  endMs: number | null;
  /** Left of its term at the last event before the machine started anew, until it is seen again. */
  leftMs: number | null;
}

export type Cell = readonly [index: number, isExclusive: boolean];

export interface TrueWish {
  holder: string;
  run: string | null;
  cells: readonly Cell[];
}

export class Oracle {
  readonly pieces: number;
  leases: TrueLease[] = [];
  /** Start of the process that has each number now; 0: none. */
  readonly processes: number[];
  highestToken = 0;

  constructor(pieces: number, processes: number) {
    this.pieces = pieces;
    this.processes = Array.from({ length: processes }, () => 0);
  }

  /** Takes away what is over at this moment, with its children. */
  bury(nowMs: number): void {
    for (const lease of this.leases) {
      if (lease.leftMs === null) continue;
      lease.endMs = nowMs + lease.leftMs;
      lease.leftMs = null;
    }
    const over = this.leases.find((lease) => this.#isOver(lease, nowMs));
    if (over === undefined) return;
    this.end(over.id);
    this.bury(nowMs);
  }

  #isOver({ endMs, process }: TrueLease, nowMs: number): boolean {
    if (endMs !== null && nowMs >= endMs) return true;
    return process !== null && !process.isForeign && this.processes[process.pid] !== process.start;
  }

  end(id: string): void {
    const children = this.leases.filter(({ parent }) => parent === id);
    this.leases = this.leases.filter((lease) => lease.id !== id);
    for (const child of children) this.end(child.id);
  }

  find(id: string): TrueLease | undefined {
    return this.leases.find((lease) => lease.id === id);
  }

  /** A lease of somebody else that has a cell of these, where one of the two has it exclusively. */
  holderOf(cells: readonly Cell[], isKin: (lease: TrueLease) => boolean): TrueLease | undefined {
    return this.leases.find((lease) => !isKin(lease) && meet(cells, lease.cells));
  }

  piecesHeld(): number {
    return this.leases.reduce((sum, { pieces }) => sum + pieces, 0);
  }

  /** The holder, its run, and the leases that the asked one would be a part of. */
  kinOf(holder: string, run: string | null, parent: string | null): (lease: TrueLease) => boolean {
    const above: string[] = [];
    for (let at = parent; at !== null; at = this.find(at)?.parent ?? null) above.push(at);
    return (lease) =>
      lease.holder === holder || (run !== null && lease.run === run) || above.includes(lease.id);
  }

  /** Leases that may have what this one has: of its holder, its run, or above or below it. */
  related(lease: TrueLease): (other: TrueLease) => boolean {
    const isAbove = this.kinOf(lease.holder, lease.run, lease.parent);
    return (other) => isAbove(other) || this.kinOf(other.holder, other.run, other.parent)(lease);
  }

  /** The machine starts anew: what lived with a process is dead, and the clock says nothing of before. */
  reboot(lastMs: number): void {
    this.processes.fill(0);
    for (const { id, process } of this.leases) if (process !== null) this.end(id);
    for (const lease of this.leases) {
      lease.leftMs ??= lease.endMs === null ? null : Math.max(0, lease.endMs - lastMs);
    }
  }
}

export function meet(a: readonly Cell[], b: readonly Cell[]): boolean {
  return a.some(([cell, isMine]) =>
    b.some(([other, isTheirs]) => cell === other && (isMine || isTheirs)),
  );
}
