import { HostError } from '../../errors.ts';
import type { LiveWorker } from '../live-worker.ts';
import type { WorkerSpec } from '../spawn.ts';

/** Starts a published worker of the reference system and resolves when it answers. */
export async function startCjmWorker(spec: WorkerSpec): Promise<LiveWorker> {
  await Promise.resolve();
  throw new HostError('WORKER_START_FAILED', `${spec.label}: the dialect cjm is not ready yet`);
}
