import { EventEmitter } from 'node:events';
import { serve } from '../driven/serve.ts';
import { drained, Ends, jobsOf, whole } from '../driven/work.ts';
import { versionOf } from '../driven/packages.ts';
import { type Connection, startPostgres } from './postgres.ts';

/** As much of Graphile Worker as is used, by its own documentation. */
interface GraphileWorker {
  run: (options: {
    preset: { worker: Tuning };
    pgPool: Pool;
    logger: unknown;
    noHandleSignals: true;
    events: EventEmitter;
    crontab: string;
    taskList: { [name: string]: (payload: Payload, helpers: Adder) => Promise<void> };
  }) => Promise<{ stop(): Promise<void> }>;
  makeWorkerUtils: (options: { pgPool: Pool; logger: unknown }) => Promise<
    Adder & {
      addJobs(jobs: readonly { identifier: string; payload: Payload }[]): Promise<unknown>;
    }
  >;
  Logger: new (factory: () => () => void) => unknown;
}
interface Adder {
  addJob: (task: string, payload: Payload) => Promise<unknown>;
}
interface Payload {
  n: number;
  left?: number;
}
interface Pool {
  on(event: 'error' | 'connect', heard: (client: Pool) => void): unknown;
  query(sql: string): Promise<{ rows: { [column: string]: string }[] }>;
}
interface Pg {
  Pool: new (options: Connection & { max: number }) => Pool;
}

interface Tuning {
  concurrentJobs: number;
  localQueue?: { size: number };
  completeJobBatchDelay?: number;
  failJobBatchDelay?: number;
}

/** As it comes: the fastest where submitters wait for the end of theirs. */
const asItComes: Tuning = { concurrentJobs: 8 };

/** As its page on performance has it, for many jobs that are there already. */
const inBatches: Tuning = {
  concurrentJobs: 8,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

serve(async ({ load, packages, data, program }) => {
  const { run, makeWorkerUtils, Logger } = load('graphile-worker') as GraphileWorker;
  const { server, connection } = await startPostgres(program, data);
  const pgPool = new (load('pg') as Pg).Pool({ ...connection, max: 20 });
  pgPool.on('error', () => {});
  pgPool.on('connect', (client) => client.on('error', () => {}));
  for (const setting of ['fsync', 'synchronous_commit']) {
    // oxlint-disable-next-line no-await-in-loop -- two
    const { rows } = await pgPool.query(`show ${setting}`);
    if (rows[0]?.[setting] !== 'on') throw new Error(`${setting} is ${rows[0]?.[setting]}`);
  }
  const { rows } = await pgPool.query('show server_version');

  const ends = new Ends();
  const events = new EventEmitter();
  // The one event that tells an end; the job's row is deleted right after it.
  events.on('job:complete', ({ job }: { job: { payload: Payload } }) => {
    if (job.payload.left === undefined) ends.end(job.payload.n);
  });
  const logger = new Logger(() => () => {});
  const taskList = {
    nothing: () => Promise.resolve(),
    // A step hands on what it was given, and adds the next one before it ends.
    step: async ({ n, left }: Payload, { addJob }: Adder): Promise<void> => {
      if (left !== undefined) await addJob('step', left > 1 ? { n, left: left - 1 } : { n });
    },
  };
  const options = { pgPool, logger, noHandleSignals: true, events, crontab: '', taskList } as const;
  let tuning: Tuning | undefined;
  let runner: { stop(): Promise<void> } | undefined;
  /** One runner at a time works the jobs. It is changed between measurements. */
  const tuned = async (wanted: Tuning): Promise<void> => {
    if (tuning === wanted) return;
    await runner?.stop();
    runner = await run({ ...options, preset: { worker: wanted } });
    tuning = wanted;
  };
  await tuned(asItComes);
  const utils = await makeWorkerUtils({ pgPool, logger });

  const jobs = jobsOf(async () => {
    const { n, ended } = ends.next();
    await utils.addJob('nothing', { n });
    await ended;
  }, server);
  const drain = async (count: number): Promise<void> => {
    const { numbers, ended } = ends.many(count);
    await utils.addJobs(numbers.map((n) => ({ identifier: 'nothing', payload: { n } })));
    await ended;
    // With ends in batches the last are told long before they are committed.
    while ((await pgPool.query('select from graphile_worker.jobs limit 1')).rows.length > 0);
  };
  return {
    version: `${versionOf(packages, 'graphile-worker')}, pg ${versionOf(packages, 'pg')}, PostgreSQL ${rows[0]?.['server_version']}`,
    durability:
      'fsync per commit: PostgreSQL with fsync on, synchronous_commit on; an end is told before it is committed',
    oneJob: (count) => tuned(asItComes).then(() => jobs.oneJob(count)),
    burst: (count, width) => tuned(asItComes).then(() => jobs.burst(count, width)),
    memoryAfter: (count) => tuned(asItComes).then(() => jobs.memoryAfter(count)),
    drain: (count) => tuned(inBatches).then(() => drained(count, () => drain(count), server)),
    chain: (length) =>
      tuned(asItComes).then(() =>
        whole(async () => {
          const { n, ended } = ends.next();
          await utils.addJob('step', { n, left: length - 1 });
          await ended;
        }, server),
      ),
    // Told to stop at once: nothing of its cluster is wanted, only its shared memory given back.
    close: () => server.stop('SIGQUIT'),
  };
});
