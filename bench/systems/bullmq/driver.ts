import { versionOf } from '../driven/packages.ts';
import { serve } from '../driven/serve.ts';
import { drained, Ends, jobsOf, whole } from '../driven/work.ts';
import { startRedis } from './redis.ts';

/** As much of BullMQ as is used, by its own documentation. */
interface BullMq {
  Queue: new (name: string, options: Options) => Queue;
  Worker: new (
    name: string,
    handler: (job: Job) => Promise<unknown>,
    options: Options & { concurrency: number },
  ) => Emitter & { on(event: 'completed', heard: (job: Job) => void): unknown };
  FlowProducer: new (options: Options) => Emitter & { add(flow: Flow): Promise<unknown> };
}
type Redis = new (
  socket: string,
) => {
  config(get: 'GET', name: string): Promise<[string, string]>;
  info(section: 'server'): Promise<string>;
};
interface Options {
  connection: { path: string; maxRetriesPerRequest: null };
}
interface Emitter {
  on(event: 'error', heard: () => void): unknown;
  waitUntilReady(): Promise<unknown>;
}
interface Queue extends Emitter {
  add(name: string, data: Data): Promise<unknown>;
  addBulk(jobs: readonly { name: string; data: Data }[]): Promise<unknown>;
}
interface Job {
  name: string;
  data: Data;
  getChildrenValues(): Promise<{ [key: string]: number }>;
}
interface Data {
  n: number;
}
interface Flow {
  name: string;
  queueName: string;
  data: Data;
  children?: Flow[];
}

const queueName = 'bench';

serve(async ({ load, packages, data, program }) => {
  const { Queue, Worker, FlowProducer } = load('bullmq') as BullMq;
  const { server, socket } = await startRedis(program, data);
  const connection = { path: socket, maxRetriesPerRequest: null };
  const ends = new Ends();
  const queue = new Queue(queueName, { connection });
  const worker = new Worker(queueName, handle, { connection, concurrency: 8 });
  const flows = new FlowProducer({ connection });
  for (const each of [queue, worker, flows]) each.on('error', () => {});
  // Told by the process that worked it, when Redis has answered that the end is written.
  worker.on('completed', ({ data: { n } }) => ends.end(n));
  await Promise.all([queue, worker, flows].map((each) => each.waitUntilReady()));

  const client = new (load('ioredis') as Redis)(socket);
  const [, synced] = await client.config('GET', 'appendfsync');
  if (synced !== 'always') throw new Error(`Redis syncs its log ${synced}`);
  const redis = /redis_version:(\S+)/.exec(await client.info('server'))?.[1];

  const runOne = async (): Promise<void> => {
    const { n, ended } = ends.next();
    await queue.add('nothing', { n });
    await ended;
  };
  const step = (n: number, children: Flow[] = []): Flow => ({
    name: 'step',
    queueName,
    data: { n },
    ...(children.length > 0 && { children }),
  });
  return {
    version: `${versionOf(packages, 'bullmq')}, ioredis ${versionOf(packages, 'ioredis')}, Redis ${redis}`,
    durability: 'fsync per write: Redis with appendonly yes, appendfsync always',
    ...jobsOf(runOne, server),
    drain: (count) =>
      drained(
        count,
        async () => {
          const { numbers, ended } = ends.many(count);
          await queue.addBulk(numbers.map((n) => ({ name: 'nothing', data: { n } })));
          await ended;
        },
        server,
      ),
    chain: (length) =>
      whole(async () => {
        const { n, ended } = ends.next();
        let flow = step(-1);
        for (let at = 2; at < length; at++) flow = step(-1, [flow]);
        await flows.add(step(n, [flow]));
        await ended;
      }, server),
    fan: (width) =>
      whole(async () => {
        const { n: first, ended: begun } = ends.next();
        await queue.add('nothing', { n: first });
        await begun;
        const { n, ended } = ends.next();
        await flows.add(
          step(
            n,
            Array.from({ length: width }, () => step(-1)),
          ),
        );
        await ended;
      }, server),
    close: () => server.stop('SIGKILL'),
  };
});

async function handle(job: Job): Promise<unknown> {
  if (job.name === 'nothing') return null;
  // A step is given what those before it returned.
  const values = Object.values(await job.getChildrenValues());
  return (values[0] ?? 0) + 1;
}
