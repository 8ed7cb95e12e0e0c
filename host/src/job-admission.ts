import { Broker } from './admission/index.ts';
import type { Clock } from './clock.ts';
import { defaults } from './defaults.ts';
import type { Instances } from './instances/index.ts';
import type { Need, Peaks } from './kernel/admission/index.ts';
import type { LedgerService } from './leases/index.ts';
import { countedCapacity } from './leases/policy/index.ts';
import type { LiveCatalog } from './live-catalog.ts';
import type { Monitor } from './resources/index.ts';
import type { ByDevice, EventSpec, ProfileRow, StateStore } from './stores/index.ts';

export interface JobAdmissionParts {
  root: string;
  clock: Clock;
  store: StateStore;
  catalog: LiveCatalog;
  monitor: Monitor;
  /** The machine's ledger. */
  ledger: () => Promise<LedgerService>;
  /** Asked when the first job wants to start. */
  instances: () => Instances;
}

/** Keeps the jobs of a host within what its machine has. */
export function jobAdmission(parts: JobAdmissionParts): Broker {
  const { root, clock, store, catalog, monitor, ledger, instances } = parts;
  // Whoever measures the machine is never idle: it would be started again by the next look.
  const asMonitor = (instance: string): number => (instance === monitor.sourceName ? 1 : 0);
  return new Broker({
    // Others use the same one: it is theirs to close.
    openLedger: async () => ({ ...facesOf(await ledger()), close: async () => {} }),
    measure: (roots, maxAgeMs) => monitor.measure(roots, maxAgeMs),
    needOf: (instance) => {
      const { needs, configHash } = instances().needsOf(instance);
      const profile = configHash === null ? null : store.reader.profile(instance, configHash);
      return { declared: needs, ...peaksIn(profile) };
    },
    workers: () =>
      instances()
        .residents()
        .flatMap(({ instance, pid, isStarting, callsInFlight }) =>
          pid === null
            ? []
            : [{ instance, pid, isStarting, callsInFlight: callsInFlight + asMonitor(instance) }],
        ),
    evict: async (instance, { reason, forWhom }) => {
      const { kind } = await instances().evict(instance, reason, forWhom);
      return kind === 'released' || kind === 'ended';
    },
    startAnew: (instance, reason) => instances().endIdle(instance, reason),
    clock,
    root,
    // They may be edited while the host runs.
    get headroom() {
      return catalog.current.declared.headroom;
    },
    get counted() {
      return countedCapacity(catalog.current.declared, 'machine');
    },
    get policy() {
      return { ...policy, agingMs: catalog.current.declared.leases.agingMs };
    },
  });
}

/** What happens to workers, as the broker hears it. */
export function tellAdmission(broker: Broker, event: EventSpec): void {
  const { eventType, capability, payload } = event;
  const instance = event.instance ?? capability;
  if (instance === undefined || instance === null) return;
  const { pid } = payload;
  if (eventType === 'worker_spawned' && typeof pid === 'number') broker.spawned(instance, pid);
  else if (eventType === 'worker_died') broker.workerGone();
}

const policy = {
  margin: defaults.claimMargin,
  unknownRamShare: defaults.unknownRamShare,
  unknownVramShare: defaults.unknownVramShare,
  guessWaitMs: defaults.guessWaitMs,
  leastBytes: defaults.hollowBytes,
  keepMs: defaults.seatKeepMs,
  lookAgainMs: defaults.lookAgainMs,
  lookAgainMostMs: defaults.lookAgainMostMs,
  evictionMargin: defaults.evictionMargin,
  hollowBytes: defaults.hollowBytes,
  helpAfterMs: defaults.helpAfterMs,
  sharedWaitMs: defaults.sharedWaitMs,
  othersMs: 2 * defaults.idleMs,
};

function peaksIn(row: ProfileRow | null): Pick<Need, 'measured' | 'failed'> {
  if (row === null) return { measured: null, failed: null };
  const { peakRssBytes, peakVramBytes, failedPeakRssBytes, failedPeakVramBytes } = row;
  return {
    measured: peaks(peakRssBytes, peakVramBytes),
    failed: peaks(failedPeakRssBytes, failedPeakVramBytes),
  };
}

/** A worker is given one GPU, so the most of any of them is what it needs. */
const peaks = (rssBytes: number | null, vram: ByDevice | null): Peaks | null =>
  rssBytes === null
    ? null
    : { rssBytes, vramBytes: vram === null ? null : Math.max(0, ...Object.values(vram)) };

const facesOf = (service: LedgerService) => ({
  acquire: service.acquire.bind(service),
  release: service.release.bind(service),
  attribute: service.attribute.bind(service),
  leaveLine: service.leaveLine.bind(service),
  state: service.state.bind(service),
  onChange: service.onChange.bind(service),
});
