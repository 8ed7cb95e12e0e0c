import type { SideName } from '../measure/figure.ts';
import type { Ability } from '../systems/system.ts';

/** What a side is called on the page. */
export const sideWords: { readonly [side in SideName]: string } = {
  capstan: 'Capstan',
  floor: 'the floor',
  'cjm-substrate': 'cjm-substrate',
  'cjm-substrate-kindest': 'cjm-substrate, kindest',
  'cjm-substrate-0.0.58': 'cjm-substrate 0.0.58',
  'dos-kernel': 'dos-kernel',
  bullmq: 'BullMQ',
  'graphile-worker': 'graphile-worker',
  restate: 'Restate',
};

/** What each is, for somebody who has never heard of it. */
export const sideStories: { readonly [side in SideName]?: string } = {
  floor: 'what nothing can do without, measured bare in the same rounds',
  'cjm-substrate': 'the system Capstan replaces, as it is shipped',
  'cjm-substrate-kindest': 'the same with its HTTP client’s TLS context made once and kept',
  'cjm-substrate-0.0.58':
    'the release as shipped that the budgets speak of; 0.0.61 mended what was slow in it',
  'dos-kernel': 'the kernel whose leases Capstan’s replace',
  bullmq: 'a queue on Redis, set to sync each write',
  'graphile-worker': 'a queue on PostgreSQL',
  restate: 'a server for durable execution',
};

/** What a system can be asked, in words. */
export const abilityWords: { readonly [ability in Ability]: string } = {
  oneJob: 'one job',
  burst: 'bursts of jobs',
  drain: 'jobs handed over first',
  chain: 'chains',
  fan: 'fans',
  call: 'calls',
  records: 'JSON records',
  inFlight: 'calls in flight',
  start: 'starts',
  stream: 'streams',
  cancel: 'cancels',
  journalAppend: 'appending to a journal',
  journalQuery: 'querying a journal',
  leasePairs: 'leases',
  decide: 'decisions',
  leaseCommand: 'decisions and leases as a command',
  memoryAfter: 'memory after many jobs',
};
