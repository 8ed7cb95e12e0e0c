import { changedPackages, readRecord } from '../environments/index.ts';
import { messageOf } from '../errors.ts';
import type { Manifest } from './manifest.ts';

/** How an environment is no longer the one that a capability was installed into. */
export interface EnvironmentChange {
  environment: string;
  /** What differs, in sentences. */
  changes: string[];
  message: string;
  /** The command that puts it right. */
  repair: string;
}

/**
 * Whether somebody installed or removed packages behind our back, or built the environment anew with others.
 * Null when all is as it was, or there is nothing to compare. Quick enough to ask at every start of a worker.
 */
export async function environmentChange({
  code: { name },
  capstan,
}: Manifest): Promise<EnvironmentChange | null> {
  if (capstan === null) return null;
  const { path: environment, lock_hash: installedWith } = capstan.environment;
  const record = await readRecord(environment);
  if (record === null) return null;
  const isRebuilt = record.lockHash !== installedWith;
  const changes = isRebuilt
    ? ['it was built again, with other packages than the capability was installed with']
    : await changedPackages(environment).catch((error: unknown) => [messageOf(error)]);
  if (changes.length === 0) return null;
  const shown = changes.slice(0, 3).join('; ');
  const more = changes.length > 3 ? `; and ${changes.length - 3} more` : '';
  return {
    environment,
    changes,
    message: `the environment of ${name} is not what it was: ${shown}${more}`,
    repair: `capstan install ${name}${isRebuilt ? '' : ' --force'}`,
  };
}
