import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { PackageJson } from '../environments/index.ts';
import { HostError, messageOf } from '../errors.ts';

/** The `package.json` and `package-lock.json` of a user's folder, checked as far as we rely on them. */
const versions = z.record(z.string(), z.string()).optional();

/** Only what decides the installation; scripts and the like must not make another environment. */
const packageJson = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
  peerDependencies: versions,
  overrides: z.record(z.string(), z.unknown()).optional(),
});

const packageLock = z.looseObject({
  packages: z.record(z.string(), z.looseObject({})),
});

export function packageJsonOf(text: string, file: string): PackageJson {
  const parsed = checked(packageJson, text, file);
  return JSON.parse(JSON.stringify(parsed)) as PackageJson;
}

/** The text of a lock that `npm ci` can follow. Throws `DECLARATION_INVALID` for anything else. */
export function checkedLock(text: string, file: string): string {
  checked(packageLock, text, file);
  return text;
}

export const readIfThere = (file: string): Promise<string | null> =>
  readFile(file, 'utf8').catch(() => null);

function checked<T>(schema: z.ZodType<T>, text: string, file: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(file, `it is not JSON (${messageOf(error)})`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.map(String).join('.') ?? '';
  const what = (issue?.message ?? 'it has another form').replace(/^Invalid input: /, '');
  throw invalid(file, place === '' ? what : `${place}: ${what}`);
}

const invalid = (file: string, why: string): HostError =>
  new HostError('DECLARATION_INVALID', `npm could not use ${file}: ${why}.`, {
    details: { file },
  });
