import type { WireError } from '@capstan/protocol';
import type { WaitReason, Waiting } from '../kernel/index.ts';
import type { SeatRecord } from '../stores/index.ts';

/**
 * Whether there is room on this machine for the calls of an instance, kept by whoever knows the machine: here it is only
 * asked. What room is granted is a seat. It is taken before an instance's first call, kept while calls run and a moment
 * longer, and all calls of the instance share it; so a burst of short jobs asks once.
 *
 * Everything here answers at once. What has to be looked up or asked elsewhere is told later, by `onChange`.
 */
export interface Admission {
  /** Why no job of this instance may start now; null where one may. Asked for every line at every dispatch. */
  obstacle(instance: string): WaitReason | null;
  /** Why jobs of this instance are to fail at once, as no wait would help; null for all others. */
  refusal(instance: string): WireError | null;
  /**
   * The heads of all lines whose instance has a free slot and an obstacle here, the one that goes first in front. It is
   * told at every dispatch, and one that is not among them does not wait any more. `lanes` are free.
   */
  want(heads: readonly Waiting[], lanes: number): void;
  /** A call begins. Answers with what was granted for it, for the record. */
  entered(instance: string): SeatRecord | null;
  /** It has ended. */
  left(instance: string, end: { ranOutOfMemory: boolean }): void;
  /** Hears when an answer may have become another one. */
  onChange(listener: () => void): () => void;
}
