export interface ModelReport {
  steps: number;
  grants: number;
  waits: number;
  writes: number;
  refusedWrites: number;
  renewals: number;
  refusedRenewals: number;
  adoptions: number;
  expired: number;
  compactions: number;
  crashes: number;
  reboots: number;
  /** What must not be; none of these may be anything but 0. */
  doubleGrants: number;
  staleWrites: number;
  fallenTokens: number;
  needlessWaits: number;
  queueJumps: number;
  wrongTrust: number;
  differences: number;
  /** The first thing that was wrong. */
  firstProblem: string | null;
}

export function emptyReport(): ModelReport {
  return {
    steps: 0,
    grants: 0,
    waits: 0,
    writes: 0,
    refusedWrites: 0,
    renewals: 0,
    refusedRenewals: 0,
    adoptions: 0,
    expired: 0,
    compactions: 0,
    crashes: 0,
    reboots: 0,
    doubleGrants: 0,
    staleWrites: 0,
    fallenTokens: 0,
    needlessWaits: 0,
    queueJumps: 0,
    wrongTrust: 0,
    differences: 0,
    firstProblem: null,
  };
}

/** What was wrong, by kind; empty when nothing was. */
export function problemsIn(report: ModelReport): { [what: string]: number } {
  const kinds = [
    'doubleGrants',
    'staleWrites',
    'fallenTokens',
    'needlessWaits',
    'queueJumps',
    'wrongTrust',
    'differences',
  ] as const;
  return Object.fromEntries(
    kinds.filter((kind) => report[kind] > 0).map((kind) => [kind, report[kind]]),
  );
}
