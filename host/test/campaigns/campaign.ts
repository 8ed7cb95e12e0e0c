import type { Report } from './report.ts';

/**
 * A campaign attacks one promise in every way it can think of, and says what it found. It also attacks a
 * control: the same host with one sentence of it broken on purpose. A campaign that does not catch its
 * control has proven nothing, and fails.
 */
export interface Campaign {
  name: string;
  /** What it does, in one sentence. */
  about: string;
  /** What it is to prove, by a short name for messages. */
  promises: { readonly [promise: string]: string };
  /** In how many processes its full size may be run at once, each with a share of the work. */
  shards: number;
  /** Why this machine cannot run it, or null. */
  impossible?(): string | null;
  run(assignment: Assignment): Promise<void>;
}

/** `small` belongs to `npm test`; `full` is what the figures are told of. */
export type Size = 'small' | 'full';

export interface Assignment {
  /** The same seed makes the same choices; what the machine does meanwhile is its own. */
  seed: number;
  size: Size;
  /** Empty, and removed afterwards. */
  folder: string;
  report: Report;
  /** 0 is the one that also tries the controls. */
  shard: number;
  shards: number;
}

/** This shard's share of so many. */
export const shareOf = (total: number, { shard, shards }: Assignment): number =>
  Math.floor((total * (shard + 1)) / shards) - Math.floor((total * shard) / shards);
