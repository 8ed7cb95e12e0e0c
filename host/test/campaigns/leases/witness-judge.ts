import { readFileSync } from 'node:fs';
import type { Report } from '../report.ts';
import { collision, pieces, piecesOf } from './things.ts';
import { type Held, heldBy, type Line } from './witness.ts';

/** One process, as its own file tells, and when it was ended. */
export interface Account {
  path: string;
  /** Of the clock of the witnesses. */
  endedAt: number;
}

/** What all holders say of themselves, held against each other. Knows nothing of the ledger. */
export function judgeWitnesses(accounts: readonly Account[], report: Report): void {
  const held: Held[] = [];
  for (const { path, endedAt } of accounts) {
    const lines = linesOf(path);
    held.push(...heldBy(lines, endedAt));
    for (const line of lines) count(line, report);
  }
  report.count('times of holding, by the witnesses', held.length);
  held.sort((a, b) => a.from - b.from);
  let live: Held[] = [];
  for (const one of held) {
    live = live.filter(({ to }) => to > one.from);
    for (const other of live) {
      if (other.holder === one.holder) continue;
      const both = collision(one.claims, other.claims);
      if (both !== null) {
        const ms = Math.min(one.to, other.to) - one.from;
        const message = `${one.holder} (token ${one.token}) and ${other.holder} (token ${other.token}) both had ${both} for ${ms} ms`;
        report.violation('no double grants', message);
      }
    }
    live.push(one);
    const taken = live.reduce((sum, { claims }) => sum + piecesOf(claims), 0);
    if (taken > pieces.amount) {
      report.violation('no double grants', `${taken} of ${pieces.amount} pieces were out at once`);
    }
  }
}

function count(line: Line, report: Report): void {
  if (line.did === 'wrote') report.count('guarded writes');
  else if (line.did === 'was refused a write') report.count(`writes refused: ${line.code}`);
  else if (line.did === 'overwrote') {
    const { token, newer, thing } = line;
    report.violation('no stale writes', `token ${token} wrote ${thing} over token ${newer}`);
  } else if (line.did === 'waited') {
    report.figure('waited in the line, ms', line.ms);
    if (!line.served && line.ms > 9_999) {
      report.violation('no starvation', `a waiter was not served in ${line.ms} ms`);
    }
  } else if (line.did === 'failed') report.violation('no failures', line.message);
}

/** The last line may be cut off by the end of its process. */
function linesOf(path: string): Line[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}
