import type { Runtime } from './runtime.ts';

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

export async function summarize(runtime: Runtime, root: string): Promise<CapabilitySummary[]> {
  const workspace = await runtime.readWorkspace(root);
  const { installed, problems } = await runtime.loadInstalled(
    workspace,
    runtime.workspacePaths(root),
  );
  return workspace.capabilities.map((declared): CapabilitySummary => {
    const found = installed.get(declared.name);
    const problem = problems.find((one) => one.details['capability'] === declared.name);
    const base = { name: declared.name, kind: declared.environment.kind };
    if (found !== undefined && problem === undefined) {
      return {
        ...base,
        version: found.manifest.code.version,
        state: 'installed',
        actions: callable(found),
        problem: null,
      };
    }
    return {
      ...base,
      version: found?.manifest.code.version ?? null,
      state: problem === undefined ? 'not installed' : 'changed',
      actions: found === undefined ? [] : callable(found),
      problem:
        problem === undefined
          ? null
          : {
              code: problem.code,
              message: problem.message,
              ...(problem.hint === undefined ? {} : { hint: problem.hint }),
            },
    };
  });
}

/** What can be called: actions by name, methods of tasks as `task.method`. */
export function callable(capability: {
  actions: { [name: string]: unknown };
  tasks: { [task: string]: { methods: { [name: string]: unknown } } };
}): string[] {
  return [
    ...Object.keys(capability.actions),
    ...Object.entries(capability.tasks).flatMap(([task, { methods }]) =>
      Object.keys(methods).map((method) => `${task}.${method}`),
    ),
  ];
}
