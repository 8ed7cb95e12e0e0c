import { type ErrorCode, errorTable } from '../../../error-table.ts';
import { HostError } from '../../../errors.ts';
import type { AcquireAnswer, Claim, LeaseView } from '../../runtime.ts';
import { asSentence, oneLine } from '../../terminal/plain.ts';
import { duration } from '../../terminal/quantities.ts';

type Denied = Exclude<AcquireAnswer, { kind: 'granted' }>;
interface Refusal {
  code: string;
  reason: string;
  hint: string;
  blockers?: Denied['blockers'];
  shortfall?: Extract<Denied, { kind: 'waiting' }>['shortfall'];
}

/** A refusal as the error that a command ends with: its code is the verdict, and so is the exit. */
export function refusal({ code, reason, hint, ...more }: Refusal, note?: string): HostError {
  const { blockers = [], shortfall } = more;
  const known = Object.hasOwn(errorTable, code) ? (code as ErrorCode) : 'INTERNAL';
  const text = asSentence(reason);
  return new HostError(known, note === undefined ? text : `${text} ${note}`, {
    hint,
    details: { blockers, ...(shortfall ? { shortfall } : {}) },
  });
}

/** What a lease holds, in a line: `src/**, docs/a.md; lane backend; 8 GiB of gpu:0/vram`. */
export function holdsText(
  claims: readonly Claim[],
  amountText: (amount: number, resource: string) => string,
): string {
  // Who is alone holds that too, and it is said with the lane.
  const told = claims.filter((one) => !(one.kind === 'name' && one.name.startsWith('alone:')));
  return told.map((claim) => claimText(claim, amountText)).join('; ');
}

function claimText(claim: Claim, amountText: (amount: number, resource: string) => string): string {
  if (claim.kind === 'quantity') {
    const place = /^class:(.*)$/s.exec(claim.resource)?.[1];
    if (place !== undefined) return `a place in class ${oneLine(place)}`;
    return `${amountText(claim.amount, claim.resource)} of ${oneLine(claim.resource)}`;
  }
  const shared = claim.mode === 'shared' ? ' (shared)' : '';
  if (claim.kind === 'name') return `${oneLine(claim.name.replace(':', ' '))}${shared}`;
  const { patterns } = claim;
  const rest = patterns.length > 6 ? `, and ${patterns.length - 6} more` : '';
  return `${oneLine(patterns.slice(0, 6).join(', '))}${rest}${shared}`;
}

/** `until 22:10:03 (29m 59s left)`, by the clock on the wall; or as long as its process lives. */
export function untilText({ expiresAt, leftMs, holder, ended }: LeaseView): string {
  if (ended !== null) return `over: ${oneLine(ended)}`;
  const { process } = holder;
  const lives = process === null ? '' : `as long as process ${process.pid} lives`;
  if (expiresAt === null || leftMs === null) return lives === '' ? 'released' : lives;
  const at = `${expiresAt.slice(0, 19)}Z (${duration(leftMs)} left)`;
  return lives === '' ? at : `${at}, and ${lives}`;
}

/** Name and value below each other. */
export function facts(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}
