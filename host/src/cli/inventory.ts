import type { HostError } from '../errors.ts';
import type { Environment } from './io.ts';
import type { InstalledCapability, Declared } from './runtime.ts';

/** A declared capability in a line: what it is, and whether what was recorded still holds. */
export interface CapabilitySummary {
  name: string;
  kind: string;
  version: string | null;
  state: 'installed' | 'not installed' | 'changed';
  actions: string[];
  /** Why it is `changed`. */
  problem: { code: string; message: string; hint?: string } | null;
}

const reasons = {
  declaration: 'its entry in capstan.yaml was changed since it was installed',
  environment: 'its environment is gone',
  lock: 'its environment was built again, with other packages than it was installed with',
  sdk: 'it was installed by another version of Capstan',
  source: 'its code was changed since it was installed',
};

export async function summarize(
  runtime: Declared,
  root: string,
  env: Environment,
): Promise<CapabilitySummary[]> {
  const workspace = await runtime.readWorkspace(root);
  const [{ installed, problems }, stale] = await Promise.all([
    runtime.loadInstalled(workspace, env),
    runtime.staleCapabilities(workspace),
  ]);
  return workspace.capabilities.map(({ name, environment: { kind } }): CapabilitySummary => {
    const found = installed.get(name);
    const wrong =
      problems.find((problem) => problem.details['capability'] === name) ??
      changedProblem(name, stale);
    const isMissing = wrong?.code === 'CAPABILITY_NOT_INSTALLED';
    return {
      name,
      kind,
      version: found?.manifest.code.version ?? null,
      state: isMissing ? 'not installed' : wrong === null ? 'installed' : 'changed',
      actions: found === undefined ? [] : callable(found),
      problem: isMissing ? null : problemOf(wrong),
    };
  });
}

type Wrong = Pick<HostError, 'code' | 'message' | 'hint'>;

function changedProblem(
  name: string,
  stale: Awaited<ReturnType<Declared['staleCapabilities']>>,
): Wrong | null {
  const found = stale.find((one) => one.name === name);
  if (found === undefined || found.reason === 'not installed') return null;
  const { reason, detail } = found;
  const hint = `Run \`capstan install ${name}\`.`;
  const code = reason === 'sdk' ? 'VERSION_SKEW' : 'ENV_CHANGED';
  return { code, message: detail === undefined ? reasons[reason] : `it ${detail}`, hint };
}

function problemOf(wrong: Wrong | null): CapabilitySummary['problem'] {
  if (wrong === null) return null;
  const { code, message, hint } = wrong;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

/** What can be called: actions by name, methods of tasks as `task.method`. */
export function callable({
  actions,
  tasks,
}: Pick<InstalledCapability, 'actions' | 'tasks'>): string[] {
  return [
    ...Object.keys(actions),
    ...Object.entries(tasks).flatMap(([task, { methods }]) =>
      Object.keys(methods).map((method) => `${task}.${method}`),
    ),
  ];
}
