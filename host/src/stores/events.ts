import type { JsonObject } from '@capstan/protocol';

/** Events that change a job or a run. Replaying them in order yields the tables; see `project/`. */
export type ProjectedEventType =
  | 'job_submitted'
  | 'job_waiting'
  | 'job_started'
  | 'job_interrupted'
  | 'job_retrying'
  | 'job_reordered'
  | 'job_cancel_requested'
  | 'job_cancel_phase'
  | 'job_decided'
  | 'job_finished'
  | 'node_skipped'
  | 'node_reused'
  | 'run_submitted'
  | 'run_cancel_requested'
  | 'run_finished'
  | 'instance_enabled'
  | 'instance_disabled';

/** Events that are only told, by those who know: instances, capabilities, tools. */
export type ReportedEventType =
  | 'host_started'
  | 'host_stopped'
  | 'store_wedged'
  | 'store_recovered'
  | 'worker_spawned'
  | 'worker_ready'
  | 'worker_died'
  | 'config_applied'
  | 'task_account'
  | (string & {});

/** A committed journal row, as subscribers see it. */
export interface JournaledEvent {
  type: ProjectedEventType | ReportedEventType;
  seq: number;
  ts: string;
  runId?: string;
  jobId?: string;
  nodeId?: string;
  capability?: string;
  session?: string;
  payload: JsonObject;
}
