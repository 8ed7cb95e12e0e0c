import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '@capstan/protocol';
import { messageOf } from '../errors.ts';
import { driftOf, noDrift } from './drift.ts';
import { noticesOf } from './notices.ts';
import type { Setup } from './setup.ts';
import type { Tenure } from './tenure.ts';

/** Journals something about the worker. */
type Tell = (eventType: string, payload: JsonObject) => void;

/**
 * Holds a worker that has just started against its records: what it says of itself, the versions, its
 * environment. What differs is told and kept with it; none of it is a reason not to use it.
 */
export async function examine(tenure: Tenure, tell: Tell): Promise<void> {
  tenure.drift = noDrift;
  tenure.notices = [];
  const { name } = tenure.setup.capability;
  await Promise.all(
    [examineVersions(tenure, tell), examineDrift(tenure, tell)].map((one) =>
      one.catch((error: unknown) => {
        tenure.notices.push(`${name} could not be held against its records: ${messageOf(error)}`);
      }),
    ),
  );
}

/** Whether a worker that was held against one need not be held against the other. */
export const hasSameRecords = (a: Setup, b: Setup): boolean =>
  a.capability === b.capability ||
  isDeepStrictEqual(a.capability.manifest.drift, b.capability.manifest.drift);

async function examineVersions(tenure: Tenure, tell: Tell): Promise<void> {
  for (const { eventType, text, payload } of await noticesOf(
    tenure.worker,
    tenure.setup.capability,
  )) {
    tenure.notices.push(text);
    tell(eventType, payload);
  }
}

/** More than these say nothing new, and a row of the journal has a size. */
const toldMost = 50;

async function examineDrift(tenure: Tenure, tell: Tell): Promise<void> {
  const { name, manifest, examinesDrift } = tenure.setup.capability;
  if (!examinesDrift) return;
  const drift = await driftOf(tenure.worker, manifest);
  if (drift.parts.length === 0) return;
  tenure.drift = drift;
  const differences = drift.differences.map(({ text }) => text);
  const said = differences.slice(0, 3).join('; ') || drift.parts.join(' and ');
  const more = differences.length > 3 ? `; and ${differences.length - 3} more` : '';
  const message = `${name} is not what its manifest says: ${said}${more}`;
  tenure.notices.push(`${message}; run \`capstan regenerate ${name}\``);
  tell('capability_drifted', {
    parts: drift.parts,
    differences: differences.slice(0, toldMost),
    message,
    hint: `Run: capstan regenerate ${name}`,
  });
}
