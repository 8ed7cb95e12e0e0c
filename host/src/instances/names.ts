import { randomBytes } from 'node:crypto';
import { nearest } from '@capstan/protocol';
import { HostError } from '../errors.ts';

const pattern = /^[A-Za-z0-9_-]{1,64}$/;

/** Throws INPUT_INVALID for what cannot be the id of an instance. */
export function mustBeId(id: string): void {
  if (pattern.test(id)) return;
  throw new HostError('INPUT_INVALID', `${JSON.stringify(id)} cannot be the name of an instance.`, {
    hint: 'It has 1 to 64 of the characters A-Z a-z 0-9 _ -',
    details: { instance: id },
  });
}

/** `speech-3f9a0c`; shortened where the capability's name leaves no room. */
export function generatedId(capability: string, isTaken: (id: string) => boolean): string {
  for (;;) {
    const id = `${capability.slice(0, 57)}-${randomBytes(3).toString('hex')}`;
    if (!isTaken(id)) return id;
  }
}

/** Whether an id looks like one that was generated for this capability. */
export const looksGenerated = (id: string, capability: string): boolean =>
  id.startsWith(`${capability.slice(0, 57)}-`) && /-[0-9a-f]{6}$/.test(id);

export function unknownInstance(id: string, known: readonly string[]): HostError {
  const guess = nearest(id, known);
  const list = known.length === 0 ? 'there is none' : `there are ${known.join(', ')}`;
  return new HostError('INSTANCE_NOT_FOUND', `There is no instance "${id}".`, {
    hint: guess === null ? list : `did you mean "${guess}"? ${list}`,
    details: { instance: id },
  });
}

export const takenName = (id: string, capability: string): HostError =>
  new HostError('INSTANCE_EXISTS', `"${id}" is an instance of ${capability} already.`, {
    hint: 'Choose another name; `capstan instances` shows those there are.',
    details: { instance: id, capability },
  });

export const capabilityName = (id: string): HostError =>
  new HostError(
    'INSTANCE_EXISTS',
    `"${id}" is the name of a capability, which is its default instance.`,
    {
      hint: 'Choose another name.',
      details: { instance: id },
    },
  );

/** What looks generated is never kept; a name that somebody gives is. */
export const generatedName = (id: string): HostError =>
  new HostError('INPUT_INVALID', `"${id}" looks like a name that Capstan generates.`, {
    hint: 'Choose another name; one that does not end with six hex digits, say.',
    details: { instance: id },
  });
