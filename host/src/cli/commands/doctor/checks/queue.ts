import { existsSync } from 'node:fs';
import { HostError } from '../../../../errors.ts';
import { isHostRunning } from '../../../host-client/index.ts';
import type { JobStats, Runtime, WorkspaceView } from '../../../runtime.ts';
import { type Check, type Finding, ok, warning } from '../finding.ts';

/** What waits for somebody: for a person's decision, for an instance to be enabled, for a host. */
export const queue: Check = async ({ context, runtime, root }) => {
  if (root === null || !existsSync(runtime.workspacePaths(root).stateDb)) return [];
  const view = openedReader(runtime, root);
  if (view === null) return [];
  try {
    const stats = view.jobStats(context.io.nowMs());
    const { pending, running, needs_decision: undecided } = stats.byState;
    const open = pending + running;
    const found: Finding[] = view.disabledInstances().map((name) => disabled(name, stats));
    if (undecided > 0) {
      found.push(
        warning(
          'decisions',
          `${counted(undecided)} cut off and may not be repeated without a decision`,
          '`capstan jobs --state needs_decision` lists them; `capstan decide <job> rerun`, or fail.',
        ),
      );
    }
    if (open > 0 && !(await isHostRunning(root))) {
      found.push(
        warning(
          'jobs',
          `${counted(open)} unfinished, and no host is up`,
          'Run `capstan resume`, or `capstan up`.',
        ),
      );
    }
    return found.length > 0 ? found : [ok('jobs', `${open} unfinished, none waits for a person`)];
  } finally {
    view.close();
  }
};

/** Null where the state cannot be read, of which the check before this one told. */
function openedReader(runtime: Runtime, root: string): WorkspaceView | null {
  try {
    return runtime.openReader(root);
  } catch (error) {
    if (error instanceof HostError) return null;
    throw error;
  }
}

function disabled(name: string, { byCapability }: JobStats): Finding {
  const waiting = byCapability[name]?.pending ?? 0;
  const what = waiting === 0 ? '' : `; ${counted(waiting)} waiting for it`;
  return warning(`instance ${name}`, `it is disabled${what}`, `Run \`capstan enable ${name}\`.`);
}

const counted = (count: number): string => (count === 1 ? '1 job is' : `${count} jobs are`);
