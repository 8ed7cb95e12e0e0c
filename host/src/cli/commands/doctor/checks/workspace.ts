import { HostError, messageOf } from '../../../../errors.ts';
import { type Check, type Finding, ok, problem, warning } from '../finding.ts';

/** The declarations, and for each capability whether what was installed is still whole and current. */
export const workspace: Check = async ({ runtime, env, root }) => {
  if (root === null) {
    return [
      warning('workspace', 'no capstan.yaml here or above', 'Run `capstan init` to make one.'),
    ];
  }
  try {
    const declared = await runtime.readWorkspace(root);
    const { installed, problems } = await runtime.loadInstalled(declared, env);
    const stale = await runtime.staleCapabilities(declared);
    const findings: Finding[] = [
      ok('workspace', `${root}, ${counted(declared.capabilities.length)}`),
    ];
    for (const { name } of declared.capabilities) {
      const wrong = problems.find((one) => one.details['capability'] === name);
      const changed = stale.find((one) => one.name === name);
      const found = installed.get(name);
      if (wrong !== undefined) findings.push(unusable(name, wrong));
      else if (changed !== undefined) {
        findings.push(
          warning(
            `capability ${name}`,
            changed.detail === undefined
              ? `not up to date: ${changed.reason}`
              : `it ${changed.detail}`,
            `Run \`capstan install ${name}\`.`,
          ),
        );
      } else if (found !== undefined && found.manifest.capstan === null) {
        const { installer_version: by, python_path: python } = found.manifest.install;
        findings.push(
          ok(`capability ${name}`, `as ${by || 'another program'} installed it: ${python}`),
        );
      } else if (found !== undefined) {
        const environment = found.manifest.capstan?.environment;
        // oxlint-disable-next-line no-await-in-loop -- each asks an interpreter; one at a time is kinder
        const verdict = await runtime.verifyEnvironment(environment?.path ?? '');
        findings.push(
          verdict.ok
            ? ok(
                `capability ${name}`,
                `${environment?.kind ?? ''} environment whole, lock still matches`,
              )
            : problem(
                `capability ${name}`,
                `its environment changed since it was built: ${verdict.problems.slice(0, 3).join('; ')}`,
                `Run \`capstan install ${name} --force\`.`,
              ),
        );
      }
    }
    return findings;
  } catch (error) {
    const fix = error instanceof HostError ? error.hint : undefined;
    return [problem('workspace', messageOf(error), fix ?? 'Correct capstan.yaml.')];
  }
};

const counted = (count: number): string => (count === 1 ? '1 capability' : `${count} capabilities`);

const unusable = (name: string, { code, message, hint }: HostError): Finding =>
  (code === 'CAPABILITY_NOT_INSTALLED' ? warning : problem)(
    `capability ${name}`,
    message,
    hint ?? `Run \`capstan install ${name}\`.`,
  );
