import type { WorkerSpec } from '../../host/src/workers/index.ts';

/** What a subject is measured with. */
export interface Place {
  /** An empty folder of its own, removed afterwards. */
  folder: string;
  /** The empty capability, really installed; once for all subjects that ask. */
  worker: (language: 'node' | 'python') => Promise<WorkerSpec>;
}

/** Measures one ratio of processor times. */
export type Subject = (place: Place) => Promise<number>;
