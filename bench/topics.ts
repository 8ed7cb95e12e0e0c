import { arbitrate } from './arbitrate/topic.ts';
import { calls } from './calls/topic.ts';
import { cancel } from './cancel/topic.ts';
import { floors } from './floors/topic.ts';
import { graphs } from './graphs/topic.ts';
import { journal } from './journal/topic.ts';
import { leases } from './leases/topic.ts';
import type { Topic } from './measure/bench.ts';
import { memory } from './memory/topic.ts';
import { queue } from './queue/topic.ts';
import { recovery } from './recovery/topic.ts';
import { start } from './start/topic.ts';
import { streams } from './streams/topic.ts';

/** By the name that `--only` takes, in the order in which they are measured and told. */
export const topics: {
  readonly [name: string]: { readonly tells: string; readonly measure: Topic };
} = {
  floors: { tells: 'what this machine cannot go below', measure: floors },
  calls: { tells: 'a call there and back, by size and by worker', measure: calls },
  streams: { tells: 'chunks a second, and the first', measure: streams },
  queue: { tells: 'durable jobs, one and many, and the decision which is next', measure: queue },
  graphs: { tells: 'compositions: chains and fans of durable nodes', measure: graphs },
  cancel: { tells: 'cancels, kind and forced, and a worker killed under load', measure: cancel },
  start: { tells: 'cold starts of workers, one and eight at once', measure: start },
  memory: { tells: 'what an idle worker holds, and a host, whatever it has done', measure: memory },
  recovery: {
    tells: 'a host that finds much waiting, after a stop and after a kill',
    measure: recovery,
  },
  journal: { tells: 'appending to the journal and reading it, as it grows', measure: journal },
  leases: {
    tells: 'leases, taken and given back: by one process, by eight, through a host, as a command',
    measure: leases,
  },
  arbitrate: {
    tells: 'may this holder have this: the decision, and the command',
    measure: arbitrate,
  },
};
