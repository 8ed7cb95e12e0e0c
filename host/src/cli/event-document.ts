import type { HostEvent, RunReport } from './runtime.ts';

export const eventSchema = 'capstan.event/1';

/** An event as `--watch --json` and `journal --json` print it. Journaled ones have a `seq`. */
export const eventDocument = (event: HostEvent): { [member: string]: unknown } => ({
  schema: eventSchema,
  ...event,
});

/** The last line of `run --watch --json`. */
export const reportDocument = (report: RunReport): { [member: string]: unknown } => ({
  schema: eventSchema,
  type: 'report',
  runId: report.runId,
  report,
});
