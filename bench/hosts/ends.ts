import type { JournaledEvent } from '../../host/src/stores/index.ts';

/** Tells, from events, when something happened to a job or a run, also when it happened before the asking. */
export class Ends {
  readonly #happened = new Map<string, string>();
  readonly #waiting = new Map<string, (state: string) => void>();

  /** To be called for every event. What nobody asks for is forgotten after a while. */
  follow({ type, jobId, runId, payload }: Told): void {
    const about = type.startsWith('job_') ? jobId : runId;
    if (about === undefined || !followed.has(type)) return;
    this.#note(`${type} ${about}`, String(payload['state']));
  }

  /** To be called when a tool reports progress. */
  progress(jobId: string): void {
    this.#note(`progress ${jobId}`, '');
  }

  /** The state a job ended in. */
  ofJob(jobId: string): Promise<string> {
    return this.#once(`job_finished ${jobId}`);
  }

  /** The state a run ended in. */
  ofRun(runId: string): Promise<string> {
    return this.#once(`run_finished ${runId}`);
  }

  /** Once the tool has reported progress. */
  async atWork(jobId: string): Promise<void> {
    await this.#once(`progress ${jobId}`);
  }

  #note(key: string, state: string): void {
    const resolve = this.#waiting.get(key);
    if (resolve !== undefined) {
      this.#waiting.delete(key);
      resolve(state);
      return;
    }
    this.#happened.set(key, state);
    if (this.#happened.size <= remembered) return;
    for (const oldest of this.#happened.keys()) {
      this.#happened.delete(oldest);
      return;
    }
  }

  #once(key: string): Promise<string> {
    const state = this.#happened.get(key);
    this.#happened.delete(key);
    if (state !== undefined) return Promise.resolve(state);
    return new Promise((resolve) => this.#waiting.set(key, resolve));
  }
}

type Told = Pick<JournaledEvent, 'type' | 'jobId' | 'runId' | 'payload'>;

const followed = new Set(['job_finished', 'run_finished']);
const remembered = 10_000;
