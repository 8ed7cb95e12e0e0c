import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Policy } from '../../src/kernel/arbitrate/index.ts';
import type { Claim, Mode } from '../../src/kernel/claims/claim.ts';
import {
  Ledger,
  type LedgerAnswer,
  type LedgerOptions,
  type LedgerRequest,
  type Machine,
} from '../../src/leases/index.ts';

export const policy: Policy = { lanes: {}, toleratesOverlap: false, agingMs: 30_000 };

export const named = (name: string, mode: Mode = 'exclusive'): Claim => ({
  kind: 'name',
  name: `name:${name}`,
  mode,
});

/** A request for a name by a holder. */
export const wants = (
  holder: string,
  name: string,
  more: Partial<LedgerRequest> = {},
): LedgerRequest => ({ holder, alternatives: [[named(name)]], policy, capacity: {}, ...more });

export function granted(answer: LedgerAnswer): Extract<LedgerAnswer, { kind: 'granted' }> {
  if (answer.kind !== 'granted') throw new Error(`${answer.code}: ${answer.reason}`);
  return answer;
}

export function folderFor(t: Pick<TestContext, 'after'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-leases-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A ledger of its own, with the path it has. */
export function ledgerFor(
  t: Pick<TestContext, 'after'>,
  options: LedgerOptions = {},
): { ledger: Ledger; path: string } {
  const path = join(folderFor(t), 'leases.db');
  const ledger = Ledger.open(path, options);
  t.after(() => ledger.close());
  return { ledger, path };
}

/** A machine whose clock and processes the test owns. */
export class OwnMachine implements Machine {
  readonly bootId: string;
  readonly pidNamespace: string | null;
  nowMs: number;
  /** By number, when it was started. */
  readonly processes = new Map<number, string>();

  constructor(bootId = 'boot-1', nowMs = 1_000_000, pidNamespace: string | null = 'pid:[1]') {
    this.bootId = bootId;
    this.nowMs = nowMs;
    this.pidNamespace = pidNamespace;
    this.processes.set(process.pid, 'me');
  }

  bootMs(): number {
    return this.nowMs;
  }

  at(): string {
    return new Date(1_700_000_000_000 + this.nowMs).toISOString();
  }

  startedAt(pid: number): string | null {
    return this.processes.get(pid) ?? null;
  }
}
