import { floors } from './floors/topic.ts';
import { graphs } from './graphs/topic.ts';
import type { Topic } from './measure/bench.ts';
import { queue } from './queue/topic.ts';

/** By the name that `--only` takes, in the order in which they are measured and told. */
export const topics: {
  readonly [name: string]: { readonly tells: string; readonly measure: Topic };
} = {
  floors: { tells: 'what this machine cannot go below', measure: floors },
  queue: { tells: 'durable jobs, one and many, and the decision which is next', measure: queue },
  graphs: { tells: 'compositions: chains and fans of durable nodes', measure: graphs },
};
