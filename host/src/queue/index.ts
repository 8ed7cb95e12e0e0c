export { type HostEvent, isJournaled, type LiveEvent } from './events.ts';
export type { AttemptContext, ExecuteOutcome, Executor } from './executor.ts';
export { Queue, type QueueOptions } from './queue.ts';
