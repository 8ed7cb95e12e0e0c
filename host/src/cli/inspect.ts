import type { Context } from './context.ts';
import type { WorkspaceView } from './runtime.ts';
import { requireWorkspace } from './workspace.ts';

/** Looks into the workspace's stores, beside a running host or without one. */
export async function inspect<T>(
  context: Context,
  look: (view: WorkspaceView) => Promise<T> | T,
): Promise<T> {
  const root = requireWorkspace(context);
  const { openReader } = await context.doors.view();
  const view = openReader(root);
  try {
    return await look(view);
  } finally {
    view.close();
  }
}

/**
 * A misspelt id is an error, not a list of nothing. In place of a run there may be a label that jobs were
 * submitted with. Throws JOB_NOT_FOUND.
 */
export function requireKnown(view: WorkspaceView, ids: { run?: string; job?: string }): void {
  if (ids.run !== undefined && view.history({ runId: ids.run, limit: 1 }).jobs.length === 0) {
    view.runReport(ids.run);
  }
  if (ids.job !== undefined) view.job(ids.job);
}
