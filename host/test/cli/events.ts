import type { HostEvent, JournaledEvent } from '../../src/cli/runtime.ts';
import type { JsonObject } from '../../src/cli/runtime.ts';

export const runId = 'run_1';
export const at = (seconds: number): string => new Date(1_000_000 + seconds * 1000).toISOString();
export const ms = (seconds: number): number => 1_000_000 + seconds * 1000;

let seq = 0;

export function runEvent(type: string, seconds: number, payload: JsonObject = {}): JournaledEvent {
  return { type, seq: seq++, ts: at(seconds), runId, payload };
}

export function nodeEvent(
  type: string,
  nodeId: string,
  seconds: number,
  payload: JsonObject = {},
): JournaledEvent {
  return { ...runEvent(type, seconds, payload), nodeId, jobId: `job_${nodeId}` };
}

export const progress = (nodeId: string, amount: number, message = ''): HostEvent => ({
  type: 'progress',
  jobId: `job_${nodeId}`,
  runId,
  nodeId,
  progress: amount,
  message,
});

export const phase = (nodeId: string, message: string): HostEvent => ({
  type: 'phase',
  jobId: `job_${nodeId}`,
  runId,
  nodeId,
  message,
});
