import { join } from 'node:path';
import type { CapabilityDeclaration, CondaKind } from '../../../runtime.ts';
import { type Check, type Finding, ok, warning } from '../finding.ts';

/** The programs of the conda family: which are here, and whether those that are declared are. */
export const conda: Check = async ({ runtime, env, root }) => {
  const machine = new runtime.Machine(env, runtime.machinePaths(env));
  const declared = root === null ? [] : await declarations(runtime.readWorkspace(root));
  const toolsDir = join(root === null ? '/nonexistent' : runtime.workspacePaths(root).dir, 'tools');
  const findings: Finding[] = [];
  const found: string[] = [];
  for (const kind of runtime.condaKinds) {
    // oxlint-disable-next-line no-await-in-loop -- each asks a program; one at a time is kinder
    const tool = await runtime
      .findCondaTool({ kind, tool: null, toolsDir }, machine)
      .catch(() => null);
    const needing = declared.filter((one) => needs(one, kind));
    if (tool !== null) found.push(`${kind} ${tool.version} at ${tool.path}`);
    else if (needing.length > 0) findings.push(lacking(kind, needing, toolsDir));
  }
  if (found.length > 0) return [ok('conda', found.join(', ')), ...findings];
  return findings.length > 0
    ? findings
    : [ok('conda', 'none of conda, mamba, micromamba and pixi found, and none is needed')];
};

/** A broken capstan.yaml is told by the check of the workspace. */
const declarations = (
  reading: Promise<{ capabilities: CapabilityDeclaration[] }>,
): Promise<CapabilityDeclaration[]> =>
  reading.then(
    ({ capabilities }) => capabilities,
    () => [],
  );

/** Whether it needs the program of this machine; one that names a file of its own is checked when it is built. */
function needs({ environment }: CapabilityDeclaration, kind: CondaKind): boolean {
  return environment.kind === kind && !('tool' in environment && environment.tool !== undefined);
}

const lacking = (kind: CondaKind, needing: CapabilityDeclaration[], toolsDir: string): Finding =>
  warning(
    kind,
    `not found; ${needing.map(({ name }) => name).join(', ')} cannot be built`,
    `Install ${kind} so that it is on the PATH, or put its program at ${join(toolsDir, kind)}.`,
  );
