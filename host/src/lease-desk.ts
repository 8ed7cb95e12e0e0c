import { existsSync, mkdirSync } from 'node:fs';
import { defaults } from './defaults.ts';
import { HostError } from './errors.ts';
import type { Capacity, Policy } from './kernel/arbitrate/decision.ts';
import type { Claim } from './kernel/claims/claim.ts';
import type { LeaseRules } from './kernel/index.ts';
import type { Lease } from './kernel/leases/lease.ts';
// Not from their index: it reads the threads of a host too, and this is read by commands that live for a tenth of a second.
import { LeaseDesk } from './leases/desk.ts';
import { directLedger } from './leases/direct.ts';
import { isOfMachine as ofMachine } from './leases/split.ts';
import type { LedgerService } from './leases/index.ts';
import { thisMachine } from './leases/machine.ts';
import {
  countedCapacity,
  findRules,
  isMachineResource,
  isMeasured,
  keepRules,
  policyOf,
  policyWithout,
} from './leases/policy/index.ts';
import { machinePaths, workspacePaths } from './paths.ts';
import { version } from './version.ts';

export { decideAgainst, readWorld, type WrittenWorld } from './dry-decision.ts';
export { amountText, parseAmount } from './kernel/amount.ts';
export { type Decision } from './kernel/arbitrate/decision.ts';
export { blockerText } from './kernel/arbitrate/blocker-text.ts';
export { decisionLines } from './kernel/arbitrate/wording.ts';
export type { Claim } from './kernel/claims/claim.ts';
export { nearest } from './kernel/nearest.ts';
export type { RefusalCode, ToldRefusal } from './kernel/refusals.ts';
export { withDeclared } from './kernel/refusals.ts';
export type {
  AcquireAnswer,
  Authority,
  DeskAdopted,
  DeskChanged,
  DeskList,
  LeaseRequest,
  LeaseView,
  LoggedEvent,
  NotDone,
  Waits,
} from './leases/index.ts';
export { LeaseDesk } from './leases/desk.ts';
export { resolveRegion } from './leases/region.ts';

/** Where leases are asked for. */
export interface LeasePlace {
  /** The real path of the workspace; null outside of any: then there is only what the machine has. */
  root: string | null;
  env: { readonly [name: string]: string | undefined };
}

/**
 * The leases of a workspace and its machine for a process without a host. Nothing is opened before it is asked for;
 * only what is measured costs more than a file. With rules that nobody can read nothing is granted: then `acquire`
 * throws DECLARATION_INVALID, and what is held can be renewed and given back all the same.
 *
 *     const desk = await openLeaseDesk({ root, env: process.env });
 *     const answer = await desk.acquire({ holder: 'me', alternatives: [[{ kind: 'name', name: 'name:deploy', mode: 'exclusive' }]] });
 *     await desk.close();
 */
export async function openLeaseDesk({ root, env }: LeasePlace): Promise<LeaseDesk> {
  const found =
    root === null ? rulesWithout : await leaseRules(root).catch((error: HostError) => error);
  const rules = (): LeaseRules => {
    if (found instanceof Error) throw found;
    return found;
  };
  const isNetworkTaken = env['CAPSTAN_ALLOW_NETWORK_FS'] === '1';
  return deskFor({
    root,
    rules,
    workspace: () => workspaceLedger(root, isNetworkTaken),
    machine: () => machineLedger(env, isNetworkTaken),
    measured: async (live, claims) =>
      (await import('./measured-capacity.ts')).measuredNow(live, claims, rules().headroom, env),
  });
}

export interface DeskParts {
  root: string | null;
  /** Asked anew for each request: a file may be edited while a host runs. */
  rules: () => LeaseRules;
  workspace: () => LedgerService | Promise<LedgerService>;
  machine: () => LedgerService | Promise<LedgerService>;
  /** What there is of what is measured; asked only when somebody wants some of it. */
  measured: (live: readonly Lease[], claims: readonly Claim[]) => Promise<Capacity>;
}

/** For so long a lane's paths are taken to lead where they led. */
const freshMs = 1_000;

/** The desk over these ledgers, by the rules of the workspace as they are. */
export function deskFor({ root, rules, workspace, machine, measured }: DeskParts): LeaseDesk {
  let resolved: { policy: Policy; of: LeaseRules; atMs: number } | null = null;
  return new LeaseDesk({
    workspace,
    machine,
    get policy() {
      const said = rules();
      const nowMs = performance.now();
      // Where the links of a tree lead is looked up for each lane, which is too much for every request of hundreds.
      if (resolved?.of === said && nowMs - resolved.atMs < freshMs) return resolved.policy;
      const policy = root === null ? policyWithout(said) : policyOf(said, root);
      resolved = { policy, of: said, atMs: nowMs };
      return policy;
    },
    get termMs() {
      return rules().leases.termMs;
    },
    get maxTermMs() {
      return longestTermMs(rules);
    },
    isMachineResource: (resource) => isMachineResource(resource, rules()),
    capacity: async (live, claims) => ({
      ...countedCapacity(rules(), 'machine'),
      ...countedCapacity(rules(), 'workspace'),
      ...(claims.some(isOfMachine) ? await measured(live, claims) : {}),
    }),
  });
}

/** Whatever somebody else has just written into `capstan.yaml`, what is held may be held on to. */
function longestTermMs(rules: () => LeaseRules): number {
  try {
    return rules().leases.maxTermMs;
  } catch {
    return defaults.leaseMaxTermMs;
  }
}

/** What leases are decided by here, for one who asks no ledger: the rules, and what there is. */
export async function rulesHere(
  { root, env }: LeasePlace,
  claims: readonly Claim[],
): Promise<{ policy: Policy; capacity: () => Promise<Capacity> }> {
  const rules = root === null ? rulesWithout : await leaseRules(root);
  const policy = root === null ? policyWithout(rules) : policyOf(rules, root);
  const capacity = async (): Promise<Capacity> => ({
    ...countedCapacity(rules, 'machine'),
    ...countedCapacity(rules, 'workspace'),
    ...(claims.some(isOfMachine)
      ? await (await import('./measured-capacity.ts')).measuredNow([], claims, rules.headroom, env)
      : {}),
  });
  return { policy, capacity };
}

/** Whether nobody has ever held anything where these claims belong: then a question need not make a ledger. */
export function isUntouched({ root, env }: LeasePlace, claims: readonly Claim[]): boolean {
  if (existsSync(machinePaths(env).machineLedger)) return false;
  if (root !== null) return !existsSync(workspacePaths(root).ledger);
  // What belongs to a workspace is refused where there is none, in the words of the desk.
  return claims.every((claim) => ofMachine(claim, isMeasured));
}

/** What the times of leases count in, now. */
export const bootNowMs = (): number => thisMachine().bootMs();

const isOfMachine = (claim: Claim): boolean =>
  claim.kind === 'quantity' && isMeasured(claim.resource);

/** What `capstan.yaml` says, from what was kept of it where that is still so. Throws DECLARATION_INVALID. */
export async function leaseRules(root: string): Promise<LeaseRules> {
  const { leaseRules: cacheFile } = workspacePaths(root);
  const found = findRules(root, cacheFile, version);
  if (found.kind === 'rules') return found.rules;
  if (found.kind === 'no-file') {
    throw new HostError('WORKSPACE_NOT_FOUND', `There is no capstan.yaml in ${root}.`);
  }
  // A parser and a schema, which only a changed file is worth.
  const { readWorkspace } = await import('./capabilities/declaration.ts');
  const { root: _, file: __, capabilities: ___, ...rules } = await readWorkspace(root);
  // What was read is what was hashed, unless it was edited in between: then nothing is kept.
  const again = findRules(root, cacheFile, version);
  if (again.kind === 'unknown' && again.source.hash === found.source.hash) {
    keepRules(cacheFile, found.source, version, rules);
  }
  return rules;
}

const rulesWithout: LeaseRules = {
  lanes: {},
  classes: {},
  resources: {},
  leases: {
    termMs: defaults.leaseTermMs,
    maxTermMs: defaults.leaseMaxTermMs,
    toleratesOverlap: false,
    agingMs: defaults.leaseAgingMs,
  },
  refusals: {},
  liveness: {
    youngMs: defaults.livenessYoungMs,
    silenceMs: defaults.livenessSilenceMs,
    spinningMs: defaults.livenessSpinningMs,
  },
  monitor: null,
  headroom: { ram: defaults.ramHeadroom, vram: defaults.vramHeadroom },
};

function workspaceLedger(root: string | null, allowNetworkFilesystem: boolean): LedgerService {
  if (root === null) {
    throw new HostError(
      'WORKSPACE_NOT_FOUND',
      'Regions, lanes and names belong to a workspace, and there is no capstan.yaml here or above.',
      {
        hint: 'Run `capstan init` where the work is, name a workspace with `-C <folder>`, or ask for something of the machine: `--resource`, or `--name` with `--machine`.',
      },
    );
  }
  const { dir, ledger } = workspacePaths(root);
  mkdirSync(dir, { recursive: true });
  return directLedger(ledger, { allowNetworkFilesystem, isLeftOpen: true });
}

function machineLedger(env: LeasePlace['env'], allowNetworkFilesystem: boolean): LedgerService {
  const { dataDir, machineLedger: file } = machinePaths(env);
  mkdirSync(dataDir, { recursive: true });
  return directLedger(file, { allowNetworkFilesystem, isLeftOpen: true });
}

/** What can be asked about leases, of the files themselves or of a host. */
export type Leases = Pick<
  LeaseDesk,
  | 'acquire'
  | 'release'
  | 'renew'
  | 'adopt'
  | 'halt'
  | 'spawn'
  | 'check'
  | 'list'
  | 'log'
  | 'compact'
  | 'verify'
>;
