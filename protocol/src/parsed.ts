import { limits } from './limits.ts';
import type { Json } from './messages.ts';
import { wireValue } from './values.ts';

/**
 * What `JSON.parse` made of a peer's words, checked as `wireValue` checks a value: throws BadValue. Most of what
 * can be wrong with a value cannot be with a parsed one, and what can is looked for without keeping count of
 * the place; only where something is found is the value walked again, to name the place or to reduce a tag.
 */
export const parsedValue = (value: unknown): Json =>
  isAsItShouldBe(value, 0) ? (value as Json) : wireValue(value);

function isAsItShouldBe(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return Number.isSafeInteger(value) || (!Number.isInteger(value) && Number.isFinite(value));
    case 'boolean':
      return true;
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth >= limits.nesting) return false;
  if (Array.isArray(value)) {
    for (const item of value) if (!isAsItShouldBe(item, depth + 1)) return false;
    return true;
  }
  const members = value as { [key: string]: unknown };
  for (const key in members) {
    if (key === '__wire__' || !key.isWellFormed()) return false;
    if (!isAsItShouldBe(members[key], depth + 1)) return false;
  }
  return true;
}
