import type { AnyComposition, HostEvent, JobRow, JsonObject, RunReport } from '../../index.ts';
import { HostError } from '../../errors.ts';
import { type ErrorBody, errorOf } from '../errors.ts';
import type { StreamLine } from '../event-lines.ts';
import type { LongLine } from '../long-answer.ts';
import type {
  CancelAnswer,
  ConfigChange,
  ConfigReport,
  EventOptions,
  HostStats,
  HostSurface,
  InstanceView,
  JobRequest,
  JobStreamOptions,
  LoadRequest,
  LoadResult,
  MachineReport,
  ManyOptions,
  PhaseOptions,
  Place,
  PrefetchReport,
  ProfileFilter,
  ReloadOptions,
  ResumeOptions,
  RetryAnswer,
  RetryOptions,
  RunOptions,
  UnloadOptions,
  UnloadResult,
  ValueStream,
  WaitOptions,
} from '../surface.ts';
import type { Connection, Question } from './connection.ts';
import { RemoteLeases } from './remote-leases.ts';
import { RemoteStream } from './remote-stream.ts';
import { travelling } from './travelling.ts';

const patience = {
  /** A commit on a slow disk takes its time; only a host that was stopped never answers. */
  answerMs: 120_000,
  /** A request that waits is answered after this long at the latest, and asked again. */
  waitMs: 15_000,
  /** A stream says at least every 15 s that it is there. */
  streamMs: 40_000,
  /** A job that is cancelled is over within its grace and a moment. */
  endMs: 30_000,
};

/** The host of a workspace in another process, asked over its control socket. */
export class RemoteHost implements HostSurface {
  readonly leases: RemoteLeases;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.leases = new RemoteLeases(connection);
  }

  async submit(requests: readonly JobRequest[]): Promise<JobRow[]> {
    const { jobs } = await this.#post('/v1/jobs', { jobs: requests.map(travelling) });
    return jobs as unknown as JobRow[];
  }

  stream(request: JobRequest, options?: JobStreamOptions): ValueStream {
    const question = {
      method: 'POST',
      path: '/v1/stream',
      body: travelling(request) as JsonObject,
      patienceMs: patience.streamMs,
    } as const;
    return new RemoteStream(
      {
        lines: (signal) => this.#connection.lines({ ...question, signal }),
        ended: (jobId) => this.wait(jobId, { timeoutMs: patience.endMs }),
      },
      options,
    );
  }

  async wait(jobId: string, options: WaitOptions = {}): Promise<JobRow> {
    const { job } = await this.#waitFor(`/v1/jobs/${encodeURIComponent(jobId)}`, jobId, options);
    return job as unknown as JobRow;
  }

  async job(jobId: string): Promise<JobRow> {
    const { job } = await this.#get(`/v1/jobs/${encodeURIComponent(jobId)}`);
    return job as unknown as JobRow;
  }

  async cancel(id: string, reason: string): Promise<CancelAnswer> {
    const { cancelled } = await this.#post('/v1/cancel', { id, reason });
    return cancelled as unknown as CancelAnswer;
  }

  async decide(jobId: string, decision: 'rerun' | 'fail', actor: string): Promise<void> {
    await this.#post(`/v1/jobs/${encodeURIComponent(jobId)}/decide`, { decision, actor });
  }

  async reorder(jobId: string, place: Place): Promise<JobRow> {
    const { job } = await this.#post(`/v1/jobs/${encodeURIComponent(jobId)}/reorder`, { ...place });
    return job as unknown as JobRow;
  }

  async setEnabled(instance: string, isEnabled: boolean, actor: string): Promise<void> {
    const path = `/v1/instances/${encodeURIComponent(instance)}`;
    await this.#post(path, { enabled: isEnabled, actor });
  }

  async instances(): Promise<InstanceView[]> {
    const { instances } = await this.#get('/v1/instances');
    return instances as unknown as InstanceView[];
  }

  async load(request: LoadRequest, options: PhaseOptions = {}): Promise<InstanceView> {
    const { instance } = await this.#long('/v1/load', json(request), options);
    return instance as unknown as InstanceView;
  }

  async loadAll(
    requests: readonly LoadRequest[],
    options: ManyOptions = {},
  ): Promise<LoadResult[]> {
    const { signal: _, ...how } = options;
    const body = { requests: json([...requests]), ...how };
    return resultsIn<LoadResult>(await this.#long('/v1/loads', body, options));
  }

  async unload(id: string, options: UnloadOptions = {}): Promise<void> {
    const { signal: _, ...body } = options;
    await this.#long(instancePath(id, 'unload'), body, options);
  }

  async unloadAll(ids: readonly string[], options: ManyOptions = {}): Promise<UnloadResult[]> {
    const { signal: _, ...how } = options;
    const body = { ids: [...ids], ...how };
    return resultsIn<UnloadResult>(await this.#long('/v1/unloads', body, options));
  }

  async reload(id: string, options: ReloadOptions = {}): Promise<InstanceView> {
    const { signal: _, onProgress: __, ...body } = options;
    const { instance } = await this.#long(instancePath(id, 'reload'), body, options);
    return instance as unknown as InstanceView;
  }

  async configure(
    id: string,
    change: ConfigChange,
    options: PhaseOptions = {},
  ): Promise<ConfigReport> {
    const { config } = await this.#long(instancePath(id, 'config'), json(change), options);
    return config as unknown as ConfigReport;
  }

  async config(id: string): Promise<ConfigReport> {
    return (await this.#get(instancePath(id, 'config')))['config'] as unknown as ConfigReport;
  }

  async configOptions(id: string, options: { start?: boolean } = {}): Promise<JsonObject> {
    const { options: found } = await this.#long(instancePath(id, 'options'), { ...options });
    return found as JsonObject;
  }

  async prefetch(id: string, options: PhaseOptions = {}): Promise<PrefetchReport> {
    const { prefetch } = await this.#long(instancePath(id, 'prefetch'), {}, options);
    return prefetch as unknown as PrefetchReport;
  }

  async setEnv(
    id: string,
    env: { [name: string]: string | null },
    actor?: string,
  ): Promise<{ env: { [name: string]: string } }> {
    const body = { env, ...(actor === undefined ? {} : { actor }) };
    const answer = await this.#post(instancePath(id, 'env'), body);
    return answer as unknown as { env: { [name: string]: string } };
  }

  async secretsChanged(capability: string): Promise<void> {
    await this.#long(`/v1/capabilities/${encodeURIComponent(capability)}/secrets-changed`, {});
  }

  async unlockSecrets(passphrase: string): Promise<void> {
    await this.#post('/v1/secrets/unlock', { passphrase });
  }

  async runComposition(
    given: AnyComposition,
    inputs: JsonObject,
    options: RunOptions,
  ): Promise<{ runId: string; resumed: boolean }> {
    const body = { ...definitionBody(given), inputs, ...options };
    return (await this.#post('/v1/runs', body)) as unknown as { runId: string; resumed: boolean };
  }

  async retryRun(runId: string, options: RetryOptions): Promise<RetryAnswer> {
    return this.#again('retry', runId, options);
  }

  async replaceRun(runId: string, options: RetryOptions): Promise<RetryAnswer> {
    return this.#again('replace', runId, options);
  }

  async resumeRun(runId: string, options: ResumeOptions): Promise<{ runId: string }> {
    const path = `/v1/runs/${encodeURIComponent(runId)}/resume`;
    return (await this.#post(path, { ...options })) as unknown as { runId: string };
  }

  async report(runId: string): Promise<RunReport> {
    const { report } = await this.#get(`/v1/runs/${encodeURIComponent(runId)}`);
    return report as unknown as RunReport;
  }

  async finished(runId: string, options: WaitOptions = {}): Promise<RunReport> {
    const { report } = await this.#waitFor(`/v1/runs/${encodeURIComponent(runId)}`, runId, options);
    return report as unknown as RunReport;
  }

  async stats(): Promise<HostStats> {
    return (await this.#get('/v1/stats'))['stats'] as unknown as HostStats;
  }

  async resources(): Promise<MachineReport> {
    return (await this.#get('/v1/resources'))['resources'] as unknown as MachineReport;
  }

  async resetProfiles(filter: ProfileFilter, actor: string): Promise<{ count: number }> {
    const answer = await this.#post('/v1/profiles/reset', { ...json(filter), actor });
    return answer as unknown as { count: number };
  }

  async lastSeq(): Promise<number> {
    return Number((await this.health())['seq']);
  }

  /** What the host says of itself: its process, since when, what it was started as. */
  health(): Promise<JsonObject> {
    return this.#get('/v1/health');
  }

  /** Asks the host to end. It has not ended when this resolves. */
  async shutdown(graceMs: number | undefined): Promise<void> {
    await this.#post('/v1/shutdown', graceMs === undefined ? {} : { graceMs });
  }

  async *events(options: EventOptions): AsyncGenerator<HostEvent> {
    const { afterSeq, jobId, runId, live, signal } = options;
    const query = new URLSearchParams({
      ...(afterSeq === undefined ? {} : { after: String(afterSeq) }),
      ...(jobId === undefined ? {} : { job: jobId }),
      ...(runId === undefined ? {} : { run: runId }),
      ...(live === true ? { live: '1' } : {}),
    });
    const question: Question = {
      method: 'GET',
      path: `/v1/events?${query.toString()}`,
      patienceMs: patience.streamMs,
      ...(signal === undefined ? {} : { signal }),
    };
    for await (const line of this.#connection.lines(question)) {
      const event = JSON.parse(line) as HostEvent | StreamLine;
      if (event.type === 'end') return;
      if (event.type === 'error') throw errorOf((event as { error: Partial<ErrorBody> }).error);
      if (event.type !== 'open' && event.type !== 'heartbeat') yield event as HostEvent;
    }
    if (signal?.aborted !== true) {
      throw new HostError('HOST_LOST', 'The host ended in the middle of its events.');
    }
  }

  async #again(
    how: 'retry' | 'replace',
    runId: string,
    options: RetryOptions,
  ): Promise<RetryAnswer> {
    const { definition, ...rest } = options;
    const body = { ...(definition === undefined ? {} : definitionBody(definition)), ...rest };
    const answer = await this.#post(`/v1/runs/${encodeURIComponent(runId)}/${how}`, body);
    return answer as unknown as RetryAnswer;
  }

  #get(path: string): Promise<JsonObject> {
    return this.#connection.ask({ method: 'GET', path, patienceMs: patience.answerMs });
  }

  #post(path: string, body: JsonObject): Promise<JsonObject> {
    return this.#connection.ask({ method: 'POST', path, body, patienceMs: patience.answerMs });
  }

  /** An answer that may take long, and tells on the way how far it is. */
  async #long(
    path: string,
    body: JsonObject,
    { signal, onProgress }: PhaseOptions = {},
  ): Promise<JsonObject> {
    const question: Question = {
      method: 'POST',
      path,
      body,
      patienceMs: patience.streamMs,
      ...(signal === undefined ? {} : { signal }),
    };
    for await (const line of this.#connection.lines(question)) {
      const told = JSON.parse(line) as LongLine | StreamLine;
      if (told.type === 'answer') return told.answer;
      if (told.type === 'error') throw errorOf((told as { error: Partial<ErrorBody> }).error);
      if (told.type === 'progress') onProgress?.(told.progress, told.message);
    }
    if (signal?.aborted === true) throw new HostError('CANCELLED', 'it was not waited for');
    throw new HostError('HOST_LOST', 'The host ended before it answered.');
  }

  /** One request waits for a while only, so that neither side keeps what the other has forgotten. */
  async #waitFor(
    path: string,
    id: string,
    { timeoutMs, signal }: WaitOptions,
  ): Promise<JsonObject> {
    const deadline = performance.now() + (timeoutMs ?? Number.POSITIVE_INFINITY);
    for (;;) {
      const leftMs = Math.max(
        0,
        Math.min(patience.waitMs, Math.ceil(deadline - performance.now())),
      );
      // oxlint-disable-next-line no-await-in-loop -- asks again only when it was answered
      const answer = await this.#connection.ask({
        method: 'GET',
        path: `${path}?waitMs=${leftMs}`,
        patienceMs: leftMs + patience.answerMs,
        ...(signal === undefined ? {} : { signal }),
      });
      if (answer['over'] !== false) return answer;
      if (performance.now() >= deadline) {
        throw new HostError('DEADLINE_EXCEEDED', `${id} was not over within ${timeoutMs} ms`, {
          hint: 'It goes on all the same; wait again, or longer.',
          details: { id },
        });
      }
    }
  }
}

const instancePath = (id: string, what: string): string =>
  `/v1/instances/${encodeURIComponent(id)}/${what}`;

function resultsIn<T extends LoadResult | UnloadResult>({ results }: JsonObject): T[] {
  const told = results as unknown as (T | { kind: 'failed'; key: string; error: ErrorBody })[];
  return told.map((each) =>
    each.kind === 'failed' ? { ...each, error: errorOf(each.error as ErrorBody) } : each,
  ) as T[];
}

function definitionBody(given: AnyComposition): JsonObject {
  if (!('composition' in given)) return { composition: json(given) };
  const { composition, file, folder } = given;
  return { composition: json(composition), file, ...(folder === undefined ? {} : { folder }) };
}

const json = (value: object): JsonObject => value as unknown as JsonObject;
