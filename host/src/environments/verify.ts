import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { damagedCondaPackages } from './conda/installed.ts';
import { type CondaKind, prefixOf } from './conda/kinds.ts';
import { lockOf } from './conda/make.ts';
import { damagedCode, damagedDistributions, damagedNodePackages } from './damage.ts';
import { lockHashOf, npmLock, pythonLock, readRecord } from './record.ts';

export interface Verification {
  /** The environment still holds exactly what was recorded when it was built. */
  ok: boolean;
  /** What differs, in sentences. */
  problems: string[];
}

/** Compares an environment with its record: is it there, does its interpreter run, does its lock match. */
export async function verifyEnvironment(folder: string): Promise<Verification> {
  const problems = await differences(folder);
  return { ok: problems.length === 0, problems };
}

/** Lines for the diagnosis of a worker that did not start. */
export async function diagnoseEnvironment(folder: string): Promise<string[]> {
  const record = await readRecord(folder);
  if (record === null) return [`environment: ${folder} is not a built environment`];
  const { ok, problems } = await verifyEnvironment(folder);
  return [
    `environment: ${record.key} at ${folder}`,
    `interpreter: ${record.interpreter} (${record.interpreterVersion})`,
    ok ? 'lock: still as it was built' : `lock: changed since it was built; ${problems.join('; ')}`,
  ];
}

async function differences(folder: string): Promise<string[]> {
  const record = await readRecord(folder);
  if (record === null) return [`${folder} holds no built environment`];
  try {
    switch (record.kind) {
      case 'npm':
        return [
          ...compare(record.lock, await npmLock(folder)),
          ...(await damagedNodePackages(folder, record.lock)),
          ...(await damagedCode(folder)),
        ];
      case 'uv':
      case 'venv': {
        const python = join(folder, 'bin', 'python');
        return [
          ...compare(record.lock, await pythonLock(python)),
          ...(await damagedDistributions(python)),
          ...(await damagedCode(folder)),
        ];
      }
      case 'conda':
      case 'mamba':
      case 'micromamba':
      case 'pixi':
        return await condaDifferences(record.kind, record.lock, folder);
      case 'command':
        return await executableProblem(record.executable);
      default:
        return record.kind satisfies never;
    }
  } catch (error) {
    return [messageOf(error)];
  }
}

async function condaDifferences(
  kind: CondaKind,
  lock: readonly string[],
  folder: string,
): Promise<string[]> {
  const prefix = prefixOf(kind, folder);
  return [
    ...compare(lock, await lockOf(kind, folder)),
    ...(await damagedCondaPackages(prefix)),
    ...(await damagedCode(folder)),
  ];
}

function compare(recorded: readonly string[], found: readonly string[]): string[] {
  if (lockHashOf(recorded) === lockHashOf(found)) return [];
  const missing = recorded.filter((line) => !found.includes(line));
  const added = found.filter((line) => !recorded.includes(line));
  return [
    ...missing.map((line) => `${line} is missing`),
    ...added.map((line) => `${line} was not there`),
  ];
}

async function executableProblem(path: string | null): Promise<string[]> {
  if (path === null) return [];
  const there = await stat(path).catch(() => null);
  return there === null ? [`${path} is gone`] : [];
}
