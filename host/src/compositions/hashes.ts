import { createHash } from 'node:crypto';
import { isTaggedFile, type Json, type JsonObject, wireValue } from '@capstan/protocol';
import type { Composition } from './composition.ts';

/**
 * What makes two runs the same work: the same form and the same inputs. Files count by their content, so
 * a file that was moved or touched is still the same, and one that was edited is not.
 */
export function formHash(composition: Composition): string {
  // The prose of a composition is not part of what it does.
  const { description: _, ...form } = composition;
  return hash(wireValue(form));
}

export const inputsHash = (inputs: JsonObject): string => hash(inputs);

const hash = (value: Json): string => createHash('sha256').update(canonical(value)).digest('hex');

/** JSON with sorted keys, and files by nothing but their content. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isTaggedFile(value) && value.data.sha256 !== undefined)
    return `{"file":"${value.data.sha256}"}`;
  const members = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
}
