import { mkdirSync } from 'node:fs';
import { HostError } from './errors.ts';
import type { Claim } from './kernel/claims/claim.ts';
import { deskFor, type LeaseRequest, type Leases, resolveRegion } from './lease-desk.ts';
import { type LedgerService, LedgerThread } from './leases/index.ts';
import type { LiveCatalog } from './live-catalog.ts';
import { capacityNow } from './measured-capacity.ts';
import { type MachinePaths, type WorkspacePaths } from './paths.ts';
import type { Monitor } from './resources/index.ts';

export interface HostLeasesParts {
  root: string;
  paths: WorkspacePaths;
  catalog: LiveCatalog;
  /** Asked when the first one wants something measured. */
  monitor: () => Monitor;
  /** The machine's ledger, which the jobs of the host use too. */
  machine: () => Promise<LedgerService>;
  allowNetworkFilesystem: boolean;
}

/**
 * Leases through a host that stays: its ledgers are kept open in threads of their own, which commit together what
 * comes together, and its rules are those of `capstan.yaml` as it is now.
 */
export function hostLeases(parts: HostLeasesParts): Leases & { close: () => Promise<void> } {
  const { root, paths, catalog, monitor, machine, allowNetworkFilesystem } = parts;
  const workspace = once(() => LedgerThread.open(paths.ledger, { allowNetworkFilesystem }));
  const desk = deskFor({
    root,
    rules: () => catalog.current.declared,
    workspace: workspace.get,
    machine,
    measured: (live) => capacityNow(monitor(), live, catalog.current.declared.headroom),
  });
  /** Whoever waits in this host's line leaves it when it ends, and is told to ask elsewhere. */
  const closing = new AbortController();
  const asking = new Set<Promise<unknown>>();
  const acquire: Leases['acquire'] = async (request, wait) => {
    await catalog.look();
    const signals = [closing.signal, ...(wait?.signal === undefined ? [] : [wait.signal])];
    const signal = AbortSignal.any(signals);
    const answer = await desk.acquire(inTree(request, root), { ...wait, signal });
    if (closing.signal.aborted && answer.kind === 'waiting') throw ending();
    return answer;
  };
  return {
    acquire: async (request, wait) => {
      if (closing.signal.aborted) throw ending();
      const answer = acquire(request, wait);
      asking.add(answer);
      return answer.finally(() => asking.delete(answer));
    },
    release: (id, authority) => desk.release(id, authority),
    renew: (id, authority, options) => desk.renew(id, authority, options),
    adopt: (id, authority, options) => desk.adopt(id, authority, options),
    halt: (id, request) => desk.halt(id, request),
    spawn: (options) =>
      desk.spawn({ ...options, claims: options.claims.map((one) => inside(one, root)) }),
    check: (id, options) => desk.check(id, options),
    list: () => desk.list(),
    log: (options) => desk.log(options),
    compact: () => desk.compact(),
    verify: () => desk.verify(),
    close: async () => {
      closing.abort();
      await Promise.allSettled(asking);
      await desk.close();
    },
  };
}

const ending = (): HostError => new HostError('HOST_LOST', 'The host ends.');

/** The machine's ledger in a thread of its own, opened when it is first asked for. */
export function machineLedgerThread(
  { dataDir, machineLedger }: MachinePaths,
  allowNetworkFilesystem: boolean,
): { get: () => Promise<LedgerService>; opened: () => Promise<LedgerService> | null } {
  return once(() => {
    mkdirSync(dataDir, { recursive: true });
    return LedgerThread.open(machineLedger, { allowNetworkFilesystem });
  });
}

/** One that could not be opened is tried again by the next who asks. */
function once<T>(open: () => Promise<T>) {
  let opened: Promise<T> | null = null;
  return {
    opened: () => opened,
    get: (): Promise<T> => {
      opened ??= open().catch((error: unknown) => {
        opened = null;
        throw error;
      });
      return opened;
    },
  };
}

const inTree = (request: LeaseRequest, root: string): LeaseRequest => ({
  ...request,
  alternatives: request.alternatives.map((claims) => claims.map((claim) => inside(claim, root))),
});

/** What a client has made of patterns is not taken on its word: they are resolved in the tree as this host sees it. */
function inside(claim: Claim, root: string): Claim {
  if (claim.kind !== 'region') return claim;
  if (claim.tree !== root) {
    throw new HostError(
      'REGION_OUTSIDE_TREE',
      `This host is that of ${root}, not of ${claim.tree}.`,
    );
  }
  const found = resolveRegion(root, claim.patterns, claim.mode);
  if (found.kind === 'region') return found.claim;
  throw new HostError(found.code as 'REGION_INVALID', found.reason, { hint: found.hint });
}
