/**
 * Every way in which a claim or a lease is not given, in one table: terminal, HTTP, and whatever reads exit codes take
 * their words and numbers from here. `error-table.ts` repeats the exit codes, and a test keeps the two equal.
 */
export interface Refusal {
  verdict: Verdict;
  exit: 2 | 3 | 4 | 5 | 75 | 78;
  /** What it means, for one who meets the code alone. */
  summary: string;
  /** What to do about it. */
  fix: string;
}

/**
 * `held` by somebody whose end can be waited for; `busy`: later, perhaps soon; `policy`: never, as asked; `wrong`: it
 * says nothing that could be granted; `gone`: the lease it speaks of is not there; `broken`: nobody can tell.
 */
export type Verdict = 'held' | 'busy' | 'policy' | 'wrong' | 'gone' | 'broken';

const rows = {
  REGION_HELD: {
    verdict: 'held',
    exit: 5,
    summary:
      'Somebody holds paths that this region could touch too, and one of the two is exclusive.',
    fix: 'Wait for it with `--wait 10m`, ask for a narrower region, or for a shared one if nothing is written.',
  },
  NAME_HELD: {
    verdict: 'held',
    exit: 5,
    summary: 'Somebody holds the same name, and one of the two holds it exclusively.',
    fix: 'Wait for it with `--wait 10m`. `capstan lease list` shows who holds it.',
  },
  LANE_HELD: {
    verdict: 'held',
    exit: 5,
    summary: 'Somebody holds the lane.',
    fix: 'Wait for it with `--wait 10m`, or name others that would do with `--any`. Another one is never taken silently.',
  },
  LANE_ALONE: {
    verdict: 'held',
    exit: 5,
    summary:
      'A lane that is declared `alone` is held, or is asked for while others hold anything at all.',
    fix: 'Wait for it with `--wait 10m`. `capstan lease list` shows what is held.',
  },
  CLASS_FULL: {
    verdict: 'held',
    exit: 5,
    summary: 'As many hold lanes of that class as capstan.yaml allows at once.',
    fix: 'Wait for one of them with `--wait 10m`, or raise `most` of the class in capstan.yaml.',
  },
  RESOURCE_HELD: {
    verdict: 'held',
    exit: 5,
    summary: 'Too much of the resource is granted to others to grant this too.',
    fix: 'Wait for it with `--wait 10m`, or ask for less. `capstan resources` shows who has how much.',
  },
  LINE_AHEAD: {
    verdict: 'busy',
    exit: 75,
    summary: 'Others wait for the same, and came first.',
    fix: 'Get in line with `--wait 10m`: those who wait are served in the order in which they came.',
  },
  RESOURCE_USED: {
    verdict: 'busy',
    exit: 75,
    summary:
      'Programs that Capstan did not start use so much of the resource that this does not fit.',
    fix: 'End them, or wait with `--wait 10m`. `capstan resources` shows what they use.',
  },
  LEDGER_BUSY: {
    verdict: 'busy',
    exit: 75,
    summary:
      'Other processes wrote the ledger of the leases without a pause for longer than this one waited.',
    fix: 'Try again. If it lasts, look for a process that was stopped while it was writing.',
  },
  LANE_UNKNOWN: {
    verdict: 'policy',
    exit: 4,
    summary: 'capstan.yaml declares no lane of that name.',
    fix: 'Name one that is declared under `lanes:` in capstan.yaml, or take any name with `--name`.',
  },
  RESOURCE_UNKNOWN: {
    verdict: 'policy',
    exit: 4,
    summary: 'Nobody measures a resource of that name, and capstan.yaml declares none.',
    fix: '`capstan resources` lists what there is. What is only counted is declared under `resources:` in capstan.yaml.',
  },
  CLAIM_NEVER_FITS: {
    verdict: 'policy',
    exit: 4,
    summary: 'More is asked for than could be granted if nobody else had anything.',
    fix: 'Ask for less, or use a larger machine. `capstan resources` shows what can be granted.',
  },
  TERM_TOO_LONG: {
    verdict: 'policy',
    exit: 4,
    summary: 'The term is longer than capstan.yaml allows.',
    fix: 'Ask for a shorter one and renew it, or raise `leases: {maxTerm: …}` in capstan.yaml.',
  },
  SECRET_WRONG: {
    verdict: 'policy',
    exit: 4,
    summary: 'The secret is not that of the lease.',
    fix: 'Use the secret that was told when it was granted, or adopted. An operator can act without it: `--operator NAME`.',
  },
  CLAIM_INVALID: {
    verdict: 'wrong',
    exit: 2,
    summary:
      'The claim says nothing that could be granted: no amount, or one that is no whole number above 0, or too much at once.',
    fix: 'See `capstan lease acquire --help`.',
  },
  REGION_EMPTY: {
    verdict: 'wrong',
    exit: 2,
    summary: 'A region without a pattern: nobody can tell what it would touch.',
    fix: "Say which paths are meant, such as `--region 'src/**'`. The whole tree is `**`.",
  },
  REGION_INVALID: {
    verdict: 'wrong',
    exit: 2,
    summary: 'A pattern of the region cannot be understood, or there are too many.',
    fix: 'A pattern is a path in the tree with `*`, `**`, `?`, `[ab]` and `{a,b}`, such as `src/**/*.ts`.',
  },
  REGION_OUTSIDE_TREE: {
    verdict: 'wrong',
    exit: 2,
    summary: 'A pattern leads out of the tree.',
    fix: 'Name paths below the folder of capstan.yaml.',
  },
  PATH_OUTSIDE_LEASE: {
    verdict: 'policy',
    exit: 4,
    summary: 'A path lies outside of what the lease holds.',
    fix: 'Write inside the region, or acquire one that covers the path too.',
  },
  LABEL_INVALID: {
    verdict: 'wrong',
    exit: 2,
    summary:
      'A name or a purpose is empty, too long, or has characters in it that break lines or are none.',
    fix: 'Use at most 200 characters, none of them a control character or a line separator.',
  },
  LEASE_NOT_FOUND: {
    verdict: 'gone',
    exit: 3,
    summary: 'No ledger here knows a lease of that id.',
    fix: '`capstan lease list` shows those that are live.',
  },
  LEASE_OVER: {
    verdict: 'gone',
    exit: 5,
    summary:
      'The lease has ended: it was released, it expired, or somebody else adopted it. Nothing revives it.',
    fix: 'Stop writing under it, and acquire a new one.',
  },
  LEDGER_UNREADABLE: {
    verdict: 'broken',
    exit: 78,
    summary:
      'The ledger of the leases cannot be read, so nobody can tell what is held; nothing is granted.',
    fix: '`capstan lease check` says what is wrong with it. Restore the file, or move it away once nobody holds anything.',
  },
} as const satisfies { readonly [code: string]: Refusal };

export type RefusalCode = keyof typeof rows;
export const refusals: { readonly [code in RefusalCode]: Refusal } = rows;

export const isRefusalCode = (code: string): code is RefusalCode => Object.hasOwn(rows, code);

/** Why a code that `capstan.yaml` declares is not taken. */
export interface RefusalProblem {
  code: string;
  reason: string;
  hint: string;
}

/** A code of a workspace's own. */
export interface ToldRefusal {
  code: string;
  verdict: Verdict | null;
  exit: number;
  summary: string;
  fix: string;
}

/** What a script may be told by a code of a workspace's own: 0 is a grant, and above 125 shells speak. */
const exits = { least: 1, most: 125 };

/**
 * The table with a workspace's own codes behind ours. `taken` are codes that mean something else already. What is wrong
 * with a declared one is told, and the rest stands.
 */
export function withDeclared(
  declared: readonly (readonly [
    code: string,
    row: { summary: string; fix: string; exit?: number | null },
  ])[],
  taken: readonly string[] = [],
): { codes: ReadonlyMap<string, ToldRefusal>; problems: RefusalProblem[] } {
  const codes = new Map<string, ToldRefusal>(
    Object.entries(refusals).map(([code, row]) => [code, { code, ...row }]),
  );
  const problems: RefusalProblem[] = [];
  for (const [code, { summary, fix, exit }] of declared) {
    const problem = problemWith(code, exit ?? 4, isRefusalCode(code) || taken.includes(code));
    if (problem !== null) problems.push({ code, ...problem });
    else if (codes.has(code)) {
      problems.push({ code, reason: `${code} is declared twice`, hint: 'Keep one of the two.' });
    } else codes.set(code, { code, verdict: null, exit: exit ?? 4, summary, fix });
  }
  return { codes, problems };
}

function problemWith(
  code: string,
  exit: number,
  isTaken: boolean,
): { reason: string; hint: string } | null {
  if (isTaken) {
    const hint = `Give yours another name, such as OUR_${code}.`;
    return { reason: `${code} is a code of Capstan's own and means something already`, hint };
  }
  if (!/^[A-Z][A-Z0-9_]{1,63}$/.test(code)) {
    const hint = 'Write capital letters and underscores, 64 at most, such as SOAK_NOT_OVER.';
    return { reason: `${JSON.stringify(code)} cannot be a code`, hint };
  }
  if (!Number.isInteger(exit) || exit < exits.least || exit > exits.most) {
    const hint = `Write a whole number from ${exits.least} to ${exits.most}; 4 means refused by policy.`;
    return { reason: `${code} cannot end a process with ${exit}`, hint };
  }
  return null;
}
