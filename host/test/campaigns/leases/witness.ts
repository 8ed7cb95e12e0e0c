import type { Claim } from '../../../src/kernel/claims/claim.ts';

/** What a holder writes about itself into a file of its own, beside the ledger. Milliseconds of one clock for all. */
export type Line =
  /** It has this, and may act on it until then. */
  | { did: 'took'; at: number; until: number; token: number; holder: string; claims: Claim[] }
  /** It may act on it for longer. */
  | { did: 'prolonged'; at: number; until: number; token: number }
  /** It is about to give it back, or has been told that it has it no more. */
  | { did: 'leaves'; at: number; token: number }
  /** It wrote, and found the token of somebody later in the file before it. */
  | { did: 'overwrote'; at: number; token: number; newer: number; thing: string }
  | { did: 'wrote'; at: number; token: number; thing: string }
  | { did: 'was refused a write'; at: number; token: number; code: string }
  /** In the line, not counting the time in which it was stopped. */
  | { did: 'waited'; at: number; ms: number; served: boolean }
  | { did: 'failed'; at: number; message: string };

/** Runs through suspension of processes, and is one for all of them. */
export const now = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

/** A time in which a holder had, beyond doubt, what it says. */
export interface Held {
  token: number;
  holder: string;
  claims: Claim[];
  from: number;
  to: number;
}

/** `endedAt`: when the process was killed, at the latest; nothing holds beyond that. */
export function heldBy(lines: readonly Line[], endedAt: number): Held[] {
  const held = new Map<number, Held>();
  for (const line of lines) {
    if (line.did === 'took') {
      const { token, holder, claims, at, until } = line;
      held.set(token, { token, holder, claims, from: at, to: Math.min(until, endedAt) });
    } else if (line.did === 'prolonged') {
      const one = held.get(line.token);
      // A time that is over before it is prolonged was not held in between, as far as anybody can tell.
      if (one !== undefined && one.to >= line.at) one.to = Math.min(line.until, endedAt);
    } else if (line.did === 'leaves') {
      const one = held.get(line.token);
      if (one !== undefined) one.to = Math.min(one.to, line.at);
    }
  }
  return [...held.values()].filter(({ from, to }) => to > from);
}
