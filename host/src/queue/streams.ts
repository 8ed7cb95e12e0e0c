import { HostError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { JobRow, JobSpec } from '../stores/index.ts';
import { JobStream, type JobStreamOptions } from './job-stream.ts';

interface StreamsOptions {
  nowMs: () => number;
  submit: (spec: JobSpec) => Promise<JobRow>;
  wait: (jobId: string) => Promise<JobRow>;
  cancel: (jobId: string, reason: string) => Promise<unknown>;
}

/** The streams of this host that have a reader, by job. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #streams = new Map<string, JobStream>();
  #isClosed = false;

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  /** `specOf` says what is asked for, or throws why it cannot be. */
  open(specOf: () => Promise<JobSpec>, options?: JobStreamOptions): JobStream {
    const { nowMs, submit, wait, cancel } = this.#options;
    // Known before the job is on disk, for it may make values before its submission is answered.
    const jobId = newId('job', nowMs());
    const stream: JobStream = new JobStream(
      {
        begin: async () => {
          const spec = await specOf();
          if (this.#isClosed) throw new HostError('CANCELLED', 'the host is stopping');
          this.#streams.set(jobId, stream);
          try {
            await submit({ ...spec, jobId, stream: true });
          } catch (error) {
            this.#streams.delete(jobId);
            throw error;
          }
          return jobId;
        },
        ended: (id) => wait(id).finally(() => this.#streams.delete(id)),
        cancel,
      },
      options,
    );
    return stream;
  }

  /** Null for a job that has no reader here, and never will. */
  of(jobId: string): JobStream | null {
    return this.#streams.get(jobId) ?? null;
  }

  /** Takes no more, and cancels those for which `hasBegun` says no: nothing of them would be left to read. */
  async close(hasBegun: (jobId: string) => boolean): Promise<void> {
    this.#isClosed = true;
    const waiting = [...this.#streams.keys()].filter((jobId) => !hasBegun(jobId));
    await Promise.all(
      waiting.map((jobId) => this.#options.cancel(jobId, 'the host is stopping').catch(() => {})),
    );
  }
}
