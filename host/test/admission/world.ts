import type { TestContext } from 'node:test';
import { Broker, type BrokerPorts, type SeatLedger } from '../../src/admission/index.ts';
import type { Need } from '../../src/kernel/admission/index.ts';
import { arbitrate } from '../../src/kernel/arbitrate/index.ts';
import type { Waiting } from '../../src/kernel/index.ts';
import type { Lease, Waiter } from '../../src/kernel/leases/lease.ts';
import { gib, headroom, lease, machine, policy } from '../kernel/admission/worlds.ts';

/** The machine's ledger in memory, by the real rules; several hosts may have the same one. */
export class MemoryLedger {
  readonly live = new Map<string, Lease>();
  readonly waiters = new Map<number, Waiter>();
  readonly #listeners = new Set<() => void>();
  /** Makes every call fail. */
  broken: Error | null = null;
  asked = 0;
  #count = 0;

  asPid(pid: number): SeatLedger {
    const answer = async <T>(work: () => T): Promise<T> => {
      await Promise.resolve();
      if (this.broken !== null) throw this.broken;
      return work();
    };
    return {
      acquire: (request) =>
        answer(() => {
          this.asked += 1;
          const decision = arbitrate(
            {
              holder: request.holder,
              runId: null,
              alternatives: request.alternatives,
              ticket: request.ticket ?? null,
            },
            {
              live: [...this.live.values()],
              waiters: [...this.waiters.values()],
              capacity: request.capacity,
            },
            request.policy,
            performance.now(),
          );
          if (decision.kind === 'refused') return decision;
          const holder = { name: request.holder, process: identity(pid) };
          if (decision.kind === 'waiting') {
            const ticket = request.ticket ?? ++this.#count;
            if (!this.waiters.has(ticket)) {
              this.waiters.set(ticket, {
                ticket,
                holder,
                runId: null,
                alternatives: request.alternatives,
                purpose: null,
                bootId: 'boot',
                sinceMs: performance.now(),
                untilMs: Number.POSITIVE_INFINITY,
              });
              this.#tell();
            }
            return { ...decision, ticket };
          }
          const granted: Lease = {
            ...lease(`lse_${++this.#count}`, {}, request.attributedPid ?? null),
            holder,
            claims: decision.claims,
            token: this.#count,
            acquiredMs: performance.now(),
          };
          this.live.set(granted.id, granted);
          if (request.ticket !== undefined) this.waiters.delete(request.ticket);
          this.#tell();
          return { ...decision, lease: granted, secret: 'secret', trustedForMs: null };
        }),
      release: (id) =>
        answer(() => {
          const found = this.live.get(id);
          this.live.delete(id);
          this.#tell();
          return found === undefined
            ? { kind: 'refused', code: 'LEASE_NOT_FOUND', reason: '', hint: '' }
            : { kind: 'done', lease: found };
        }),
      attribute: (id, attributedPid) =>
        answer(() => {
          const found = this.live.get(id);
          if (found === undefined)
            return { kind: 'refused', code: 'LEASE_NOT_FOUND', reason: '', hint: '' };
          this.live.set(id, { ...found, attributedPid });
          return { kind: 'done', lease: found };
        }),
      leaveLine: (ticket) =>
        answer(() => {
          this.waiters.delete(ticket);
          this.#tell();
        }),
      state: () =>
        answer(() => ({
          path: '',
          nowMs: performance.now(),
          seq: 0,
          token: this.#count,
          live: [...this.live.values()],
          waiters: [...this.waiters.values()],
          spawns: [],
          endings: {},
        })),
      onChange: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      close: async () => {},
    };
  }

  #tell(): void {
    for (const listener of this.#listeners) setImmediate(listener);
  }
}

const identity = (pid: number) => ({ bootId: 'boot', pid, startedAt: '1', pidNamespace: null });

interface FakeWorker {
  instance: string;
  pid: number;
  ram: number;
  vram: readonly number[];
  callsInFlight: number;
  isStarting?: boolean;
}

/** A machine of 64 GiB without anybody else on it, and a host whose workers are made by hand. Amounts in GiB. */
export function world(
  t: TestContext,
  over: { ledger?: MemoryLedger; pid?: number; policy?: Partial<BrokerPorts['policy']> } = {},
) {
  const ledger = over.ledger ?? new MemoryLedger();
  const state = {
    needs: new Map<string, Partial<Omit<Need, 'device'>>>(),
    workers: [] as FakeWorker[],
    /** Used by others. */
    strangers: { ram: 4, vram: [0, 0] },
    gpus: [] as number[],
    evicted: [] as string[],
    startedAnew: [] as string[],
    looks: 0,
  };
  const ports: BrokerPorts = {
    openLedger: async () => ledger.asPid(over.pid ?? process.pid),
    measure: async () => {
      state.looks += 1;
      const { workers, strangers, gpus } = state;
      const ram = workers.reduce((sum, one) => sum + one.ram, strangers.ram);
      const used = (index: number) =>
        workers.reduce((sum, one) => sum + (one.vram[index] ?? 0), strangers.vram[index] ?? 0);
      return machine(
        { total: 64, available: 64 - ram },
        gpus.map((total, index) => ({ total, used: used(index) })),
        workers.map(({ pid, ram: own, vram }) => [
          pid,
          own,
          gpus.map((_, index) => vram[index] ?? 0),
        ]),
      );
    },
    needOf: (instance) => ({
      measured: null,
      failed: null,
      declared: {},
      ...state.needs.get(instance),
    }),
    workers: () =>
      state.workers.map(({ instance, pid, callsInFlight, isStarting = false }) => ({
        instance,
        pid,
        callsInFlight,
        isStarting,
      })),
    evict: async (instance) => {
      await Promise.resolve();
      state.evicted.push(instance);
      const before = state.workers.length;
      state.workers = state.workers.filter((one) => one.instance !== instance);
      return state.workers.length < before;
    },
    startAnew: async (instance) => {
      state.startedAnew.push(instance);
      state.workers = state.workers.filter((one) => one.instance !== instance);
    },
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    root: '/home/ada/notes',
    headroom,
    counted: {},
    policy: {
      ...policy,
      agingMs: 60_000,
      keepMs: 40,
      lookAgainMs: 20,
      lookAgainMostMs: 50,
      evictionMargin: 1.25,
      hollowBytes: 64 * 2 ** 20,
      helpAfterMs: 10,
      sharedWaitMs: 50,
      othersMs: 60_000,
      ...over.policy,
    },
  };
  const broker = new Broker(ports);
  t.after(() => broker.close());
  return { broker, ledger, state, ports, ...dealings(broker) };
}

const job = (instance: string, priority = 0, age = 1): Waiting => ({
  jobId: `job_${instance}`,
  instance,
  priority,
  age,
});

function dealings(broker: Broker) {
  let heads: Waiting[] = [];
  const tell = () =>
    broker.want(
      heads.filter(({ instance }) => broker.obstacle(instance) !== null),
      4,
    );
  broker.onChange(tell);
  return {
    /** These instances have jobs in line, the first to go in front. */
    line: (...instances: string[]) => {
      heads = instances.map((instance, age) => job(instance, 0, age));
      tell();
    },
    until: async (isSo: () => boolean, what = 'it'): Promise<void> => {
      const deadline = performance.now() + 5_000;
      while (!isSo()) {
        if (performance.now() > deadline) throw new Error(`${what} did not come about`);
        // oxlint-disable-next-line no-await-in-loop -- looks again
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    mayStart: (instance: string) =>
      broker.obstacle(instance) === null && broker.refusal(instance) === null,
    why: (instance: string) => broker.obstacle(instance)?.text ?? '',
  };
}

export const measuredAs = (ram: number, vram: number | null = null) => ({
  measured: { rssBytes: ram * gib, vramBytes: vram === null ? null : vram * gib },
});
