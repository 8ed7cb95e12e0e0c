import { hash as digest } from 'node:crypto';
import type { Json, JsonObject } from '@capstan/protocol';
import { invariant } from '../../errors.ts';
import type { Sqlite } from '../sqlite.ts';

/**
 * A value of more characters than this is kept once in `payloads`, by its hash. The journal then carries
 * the hash under `$stored`, and a column carries it behind an `@`, with which no JSON text begins.
 */
const inlineChars = 16 * 1024;

export const sha256 = (text: string): string => digest('sha256', text);

/** The text of an event's payload, its large members moved to `payloads`. */
export function packPayload(
  db: Sqlite,
  payload: JsonObject,
): { payload: JsonObject; text: string } {
  const text = JSON.stringify(payload);
  if (text.length <= inlineChars) return { payload, text };
  const small: JsonObject = {};
  const stored: { [member: string]: string } = {};
  for (const [member, value] of Object.entries(payload)) {
    const body = JSON.stringify(value);
    if (body.length <= inlineChars) small[member] = value;
    else stored[member] = keep(db, body);
  }
  const packed = { ...small, $stored: stored };
  return { payload: packed, text: JSON.stringify(packed) };
}

function keep(db: Sqlite, body: string): string {
  const hash = sha256(body);
  db.run('INSERT OR IGNORE INTO payloads (hash, body) VALUES (?, ?)', hash, body);
  return hash;
}

/** One member of a packed payload as the text of a column; null where it is absent or null. */
export function columnOf(payload: JsonObject, member: string): string | null {
  const stored = payload['$stored'] as { [member: string]: string } | undefined;
  const hash = stored?.[member];
  if (hash !== undefined) return `@${hash}`;
  const value = payload[member];
  return value === undefined || value === null ? null : JSON.stringify(value);
}

/** The value of such a column. */
export function valueOf(db: Sqlite, column: string | null): Json {
  if (column === null) return null;
  if (!column.startsWith('@')) return JSON.parse(column) as Json;
  const kept = db.one<{ body: string }>(
    'SELECT body FROM payloads WHERE hash = ?',
    column.slice(1),
  );
  invariant(kept !== undefined, `the value ${column} is in payloads`);
  return JSON.parse(kept.body) as Json;
}
