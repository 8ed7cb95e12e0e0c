import { realpathSync } from 'node:fs';
import type { Composition } from '../../host/src/compositions/index.ts';
import { type Host, type HostEvent, openHost } from '../../host/src/index.ts';
import { isJournaled } from '../../host/src/queue/index.ts';
import { Ends } from './ends.ts';
import { environmentOf } from './workspace.ts';

/** A host as users have it, in this process: real workers, the real store, all of its surface. */
export interface WholeHost {
  host: Host;
  ends: Ends;
  /** Submits a job and waits for its end, through the surface that commands and clients use. */
  runOne(capability?: string, action?: string): Promise<void>;
  /** Submits so many in one request, and waits for the end of all. */
  runMany(count: number): Promise<void>;
  /** Resolves when the run is over. */
  runComposition(composition: Composition): Promise<void>;
  /** Resolves when the tool has reported progress of this job. */
  atWork(jobId: string): Promise<void>;
  submit(capability: string, action: string): Promise<string>;
  /** The process of a capability's worker. */
  workerPid(capability: string): number;
  /** Of all workers there are: their processor time is the host's too. */
  workerPids: () => readonly number[];
  close(): Promise<void>;
}

export async function openWholeHost(
  folder: string,
  onEvent: (event: HostEvent) => void = () => {},
): Promise<WholeHost> {
  const root = realpathSync(folder);
  const ends = new Ends();
  const host = await openHost({ root, env: environmentOf(folder), onEvent });
  host.subscribe((event) => {
    if (isJournaled(event)) ends.follow(event);
    else if (event.type === 'progress') ends.progress(event.jobId);
  });
  let n = 0;
  const submit = async (capability: string, action: string): Promise<string> => {
    const [job] = await host.submit([{ capability, action, input: { n: n++ } }]);
    if (job === undefined) throw new Error('a submitted job is answered with its row');
    return job.jobId;
  };
  return {
    host,
    ends,
    submit,
    runOne: async (capability = 'node', action = 'nothing') => {
      const { state, error } = await host.wait(await submit(capability, action));
      if (state !== 'completed') throw new Error(`the job ended ${state}: ${error?.message}`);
    },
    runMany: async (count) => {
      const requests = Array.from({ length: count }, () => ({
        capability: 'node',
        action: 'nothing',
        input: { n: n++ },
      }));
      const jobs = await host.submit(requests);
      const states = await Promise.all(jobs.map(({ jobId }) => ends.ofJob(jobId)));
      const other = states.find((state) => state !== 'completed');
      if (other !== undefined) throw new Error(`a job ended ${other}`);
    },
    runComposition: async (composition) => {
      const { runId } = await host.runComposition(composition, {}, { cwd: root, fresh: true });
      const state = await ends.ofRun(runId);
      if (state !== 'completed') throw new Error(`the run ended ${state}`);
    },
    atWork: (jobId) => ends.atWork(jobId),
    workerPid: (capability) => {
      const instance = host.stats().instances.find((each) => each.capability === capability);
      if (instance?.pid === undefined || instance.pid === null)
        throw new Error(`${capability} has no worker`);
      return instance.pid;
    },
    workerPids: () => host.stats().instances.flatMap(({ pid }) => pid ?? []),
    close: () => host.close(),
  };
}
