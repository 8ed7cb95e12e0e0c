import { bullmq } from './bullmq/index.ts';
import { cjmSubstrate, cjmSubstrateThen } from './cjm-substrate/index.ts';
import { dosKernel } from './dos-kernel/index.ts';
import { graphileWorker } from './graphile-worker/index.ts';
import { restate } from './restate/index.ts';
import type { SystemEntry } from './system.ts';

/** All that can be measured beside us, in the order in which they are. */
export const entries: readonly SystemEntry[] = [
  cjmSubstrate({ kindest: false }),
  cjmSubstrate({ kindest: true }),
  cjmSubstrateThen,
  dosKernel,
  bullmq,
  graphileWorker,
  restate,
];
