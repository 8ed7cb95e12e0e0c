import { HostError } from '../../errors.ts';
import type {
  AcquireAnswer,
  Authority,
  DeskAdopted,
  DeskChanged,
  DeskList,
  JsonObject,
  LeaseRequest,
  Leases,
} from '../../index.ts';
import { type ErrorBody, errorOf } from '../errors.ts';
import type { StreamLine } from '../event-lines.ts';
import type { LeaseLine } from '../lease-handlers.ts';
import type { Connection, Question } from './connection.ts';

const patience = {
  /** A commit on a slow disk takes its time; a host that takes longer was stopped. */
  answerMs: 10_000,
  /** Who waits is told at least every 15 s that the host is there. */
  waitMs: 40_000,
};

type Wait = NonNullable<Parameters<Leases['acquire']>[1]>;
type Check = NonNullable<Parameters<Leases['check']>[1]>;
type Log = NonNullable<Parameters<Leases['log']>[0]>;

/**
 * The leases of a host in another process, over its control socket: the answers are those of a `LeaseDesk`. Reads
 * nothing but what a request needs, for it belongs to commands that live for a tenth of a second.
 */
export class RemoteLeases implements Leases {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  acquire = async (request: LeaseRequest, wait: Wait = {}): Promise<AcquireAnswer> => {
    const { capacity: _, ...asked } = request;
    if ((wait.waitMs ?? 0) > 0) return this.#wait(asked, wait);
    return (await this.#post('/v1/leases', { ...asked })) as AcquireAnswer;
  };

  release = (id: string, authority: Authority): Promise<DeskChanged> =>
    this.#change(id, 'release', authority);

  renew: Leases['renew'] = (id, authority, options) =>
    this.#change(id, 'renew', { ...authority, ...options });

  adopt: Leases['adopt'] = async (id, authority, options) =>
    (await this.#post(pathOf(id, 'adopt'), { ...authority, ...options })) as DeskAdopted;

  halt: Leases['halt'] = (id, request) => this.#change(id, 'halt', request);

  check(id: string, options: Check = {}): Promise<DeskChanged> {
    return this.#change(id, 'check', options);
  }

  spawn: Leases['spawn'] = async (options) => {
    const { spawn } = await this.#ask('POST', '/v1/spawns', { ...options });
    return spawn as unknown as Awaited<ReturnType<Leases['spawn']>>;
  };

  list = async (): Promise<DeskList> =>
    (await this.#ask('GET', '/v1/leases')) as unknown as DeskList;

  async log({ fromSeq, limit, ledger }: Log = {}): ReturnType<Leases['log']> {
    const query = new URLSearchParams({
      ...(fromSeq === undefined ? {} : { from: String(fromSeq) }),
      ...(limit === undefined ? {} : { limit: String(limit) }),
      ...(ledger === undefined ? {} : { ledger }),
    });
    const { events } = await this.#ask('GET', `/v1/lease-log?${query.toString()}`);
    return events as unknown as Awaited<ReturnType<Leases['log']>>;
  }

  compact: Leases['compact'] = async () => {
    const { ledgers } = await this.#ask('POST', '/v1/lease-log/compact', {});
    return ledgers as unknown as Awaited<ReturnType<Leases['compact']>>;
  };

  verify: Leases['verify'] = async () => {
    const { ledgers } = await this.#ask('GET', '/v1/lease-log/verify');
    return ledgers as unknown as Awaited<ReturnType<Leases['verify']>>;
  };

  async #wait(request: LeaseRequest, { waitMs = 0, signal, onWaiting }: Wait) {
    const question: Question = {
      method: 'POST',
      path: '/v1/leases',
      body: { ...request, waitMs } as unknown as JsonObject,
      patienceMs: Math.min(patience.waitMs, waitMs + patience.answerMs),
      ...(signal === undefined ? {} : { signal }),
    };
    for await (const line of this.#connection.lines(question)) {
      const told = JSON.parse(line) as LeaseLine | StreamLine;
      if (told.type === 'answer') return told.answer;
      if (told.type === 'error') throw errorOf((told as { error: Partial<ErrorBody> }).error);
      if (told.type === 'waiting') onWaiting?.(told.why);
    }
    if (signal?.aborted === true) throw signal.reason;
    throw new HostError('HOST_LOST', 'The host ended while this waited in line.');
  }

  async #change(id: string, what: string, body: object): Promise<DeskChanged> {
    return (await this.#post(pathOf(id, what), { ...body })) as DeskChanged;
  }

  async #post(path: string, body: object): Promise<unknown> {
    return (await this.#ask('POST', path, body))['answer'];
  }

  #ask(method: 'GET' | 'POST', path: string, body?: object): Promise<JsonObject> {
    return this.#connection.ask({
      method,
      path,
      patienceMs: patience.answerMs,
      ...(body === undefined ? {} : { body: body as JsonObject }),
    });
  }
}

const pathOf = (id: string, what: string): string => `/v1/leases/${encodeURIComponent(id)}/${what}`;
