import type { SideName } from '../measure/figure.ts';

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
