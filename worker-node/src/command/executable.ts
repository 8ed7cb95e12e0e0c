import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { InputError } from '../errors.ts';

/** The absolute path of an executable, looked up on PATH as a shell would. Throws when there is none. */
export function findExecutable(name: string): string {
  const candidates = isAbsolute(name)
    ? [name]
    : (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
  const found = candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw missingExecutable(name);
  return found;
}

export function missingExecutable(name: string): InputError {
  return new InputError(
    isAbsolute(name)
      ? `${name} is not an executable file`
      : `${name} is not installed: PATH has no such program`,
    {
      code: 'ENV_TOOL_MISSING',
      hint: `Install ${name} with your system's package manager, or let the environment bring it with \`environment: { kind: command, package: … }\`.`,
    },
  );
}

/** What the tool says about its version; null when it says nothing that fits. */
export function probeVersion(
  executable: string,
  argv: string[],
  pattern: string,
): Promise<string | null> {
  return new Promise((resolve) => {
    const child = execFile(executable, argv, { timeout: 10_000 }, (_error, stdout, stderr) => {
      resolve(new RegExp(pattern).exec(stdout + stderr)?.[1] ?? null);
    });
    child.stdin?.end();
  });
}
