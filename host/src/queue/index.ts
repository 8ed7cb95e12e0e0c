export type { Admission } from './admission.ts';
export { errorOf, JobStream, type JobStreamOptions } from './job-stream.ts';
export { type HostEvent, isJournaled, type LiveEvent } from './events.ts';
export type { AttemptContext, ExecuteOutcome, Executor, ResourceUsage } from './executor.ts';
export { Queue, type QueueOptions } from './queue.ts';
export type { StreamOptions } from './stream.ts';
export { unknownJob } from './waiters.ts';
