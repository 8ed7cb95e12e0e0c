import type { Served } from '../../src/http/handlers.ts';
import type {
  ConfigReport,
  InstanceView,
  RetryAnswer,
  ValueStream,
} from '../../src/http/surface.ts';
import type {
  HostEvent,
  HostStats,
  JobRow,
  Json,
  Leases,
  MachineReport,
  RunReport,
} from '../../src/index.ts';

/** A stream that has been made already. */
export class FewValues implements ValueStream {
  readonly jobId = Promise.resolve('job_1');
  readonly #values: Json[];
  wasLeft = false;

  constructor(values: Json[]) {
    this.#values = [...values];
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Json, undefined>> {
    const value = this.#values.shift();
    return value === undefined ? { done: true, value } : { done: false, value };
  }

  async *batches(): AsyncGenerator<Json[]> {
    for await (const value of this) yield [value];
  }

  async return(): Promise<IteratorResult<Json, undefined>> {
    this.wasLeft = true;
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

export type Call = [method: string, ...args: unknown[]];

/** A host that answers a word to everything and keeps what it was asked, to test the door in front of it. */
export function askedHost(answers: Partial<Served> = {}): { host: Served; asked: Call[] } {
  const asked: Call[] = [];
  const job = { jobId: 'job_1', state: 'pending' } as JobRow;
  const report = { runId: 'run_1', state: 'running' } as RunReport;
  const retried = { runId: 'run_2' } as RetryAnswer;
  const instance = { instance: 'speech', state: 'ready' } as InstanceView;
  const config = { instance: 'speech', values: {} } as ConfigReport;
  const calm: Served = {
    submit: (requests) => requests.map(() => job),
    stream: () => new FewValues([1, 'two']),
    wait: () => job,
    job: () => job,
    cancel: () => ({ state: 'running', aborting: ['job_1'] }),
    decide: () => {},
    reorder: () => job,
    setEnabled: () => {},
    instances: () => [],
    load: () => instance,
    loadAll: () => [{ key: 'speech', kind: 'loaded', instance }],
    unload: () => {},
    unloadAll: () => [{ key: 'speech', kind: 'unloaded' }],
    reload: () => instance,
    configure: () => config,
    config: () => config,
    configOptions: () => ({}),
    prefetch: () => ({ status: 'prefetched' }),
    setEnv: () => ({ env: {} }),
    secretsChanged: () => {},
    unlockSecrets: () => {},
    leases: askedLeases(asked),
    runComposition: () => ({ runId: 'run_1', resumed: false }),
    retryRun: () => retried,
    replaceRun: () => retried,
    resumeRun: () => ({ runId: 'run_1' }),
    report: () => report,
    finished: () => report,
    stats: () => ({ pid: 7 }) as HostStats,
    resources: () => ({ hostPid: 7, devices: [], problems: [] }) as unknown as MachineReport,
    resetProfiles: () => ({ count: 2 }),
    lastSeq: () => 7,
    events: async function* (): AsyncGenerator<HostEvent> {},
  };
  const { leases, ...methods } = { ...calm, ...answers };
  const host = Object.fromEntries(
    Object.entries(methods).map(([method, answer]) => [
      method,
      (...args: unknown[]): unknown => {
        asked.push([method, ...args]);
        return (answer as (...all: unknown[]) => unknown)(...args);
      },
    ]),
  );
  return { host: { ...host, leases } as unknown as Served, asked };
}

/** Leases of which every one is refused, after what was asked has been kept. */
function askedLeases(asked: Call[]): Leases {
  const no = {
    kind: 'refused',
    code: 'NAME_HELD',
    reason: 'held',
    blockers: [],
    hint: '',
  } as const;
  const asks =
    <T>(method: string, answer: T) =>
    (...args: unknown[]): Promise<T> => {
      asked.push([method, ...args]);
      return Promise.resolve(answer);
    };
  return {
    acquire: asks('acquire', no),
    release: asks('release', no),
    renew: asks('renew', no),
    adopt: asks('adopt', no),
    halt: asks('halt', no),
    spawn: asks('spawn', { id: 'spn_1' } as Awaited<ReturnType<Leases['spawn']>>),
    check: asks('check', no),
    list: asks('list', { leases: [], waiters: [], spawns: [] }),
    log: asks('log', []),
    compact: asks('compact', []),
    verify: asks('verify', []),
  };
}
