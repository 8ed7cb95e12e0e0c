import type { Json, JsonObject } from '@capstan/protocol';
import { stepInto } from './pointer.ts';
import { assertNotTooLarge } from './values.ts';

/**
 * Stands for a large value that is stored already. What is bound together from such values is written with
 * their places, so that a hundred nodes that take one large result do not store it a hundred times, and
 * nobody reads it to write it again.
 */
export class KeptValue {
  readonly place: string;
  readonly bytes: number;

  constructor(place: string, bytes: number) {
    this.place = place;
    this.bytes = bytes;
  }

  /** What stands where it belongs until the whole is read. */
  toJSON(): null {
    return null;
  }
}

/** What a binder hands on without looking into it. */
export const asJson = (kept: KeptValue): Json => kept as unknown as Json;

export interface Unkept {
  value: JsonObject;
  /** The places of the values that are missing in it, by JSON pointer: `/audio`, `/parts/0`. */
  places: { [pointer: string]: string };
}

/** Takes the stand-ins out of a value that was bound with some. Throws PAYLOAD_TOO_LARGE for all together. */
export function withoutKept(member: string, bound: JsonObject): Unkept {
  const places: { [pointer: string]: string } = {};
  let bytes = 0;
  const visit = (value: Json | KeptValue, pointer: string): Json => {
    if (value instanceof KeptValue) {
      places[pointer] = value.place;
      bytes += value.bytes;
      return null;
    }
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value))
      return value.map((item, index) => visit(item, stepInto(pointer, index)));
    const entries = Object.entries(value).map(([key, part]) => [
      key,
      visit(part, stepInto(pointer, key)),
    ]);
    return Object.fromEntries(entries) as JsonObject;
  };
  const value = visit(bound, '') as JsonObject;
  assertNotTooLarge(member, bytes);
  return { value, places };
}

/** What an event says of parts of one of its members. */
export function storedParts(
  member: string,
  places: Unkept['places'],
): { $stored?: { [member: string]: string } } {
  const parts = Object.entries(places).map(([pointer, place]) => [member + pointer, place]);
  return parts.length === 0 ? {} : { $stored: Object.fromEntries(parts) as Unkept['places'] };
}
