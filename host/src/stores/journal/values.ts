import type { Json, JsonObject } from '@capstan/protocol';
import { HostError, invariant } from '../../errors.ts';
import type { Sqlite } from '../sqlite.ts';
import { sha256 } from './hash.ts';
import { payloadBytes, readPayloadFile, writePayloadFile } from './payload-files.ts';
import { putAt } from './pointer.ts';

/**
 * Where a value lies depends on the size of its JSON: small ones in the row, larger ones once in the table
 * `payloads`, and those that a database should not carry in files. The journal then has the value's *place*
 * under `$stored`, its hash or `file:` and its hash; a column has it behind an `@`, with which no JSON
 * text begins.
 *
 * Parts of a member may have places of their own, because they were stored before: under `$stored` these
 * are `input/audio`, a pointer into the member, and in a column a JSON object follows the `@`.
 */
export const inlineChars = 16 * 1024;
const tableBytes = 1024 * 1024;
export const mostPayloadBytes = 64 * 1024 * 1024;

const inFile = 'file:';

/** The text of an event's payload, its large members put in their places. Throws PAYLOAD_TOO_LARGE. */
export function packPayload(
  db: Sqlite,
  payload: JsonObject,
): { payload: JsonObject; text: string } {
  const text = jsonText(payload);
  if (text !== null && text.length <= inlineChars) return { payload, text };
  const small: JsonObject = {};
  const stored = { ...placesOf(payload) };
  for (const [member, value] of Object.entries(payload)) {
    if (member === '$stored') continue;
    const body = jsonText(value);
    if (body !== null && body.length <= inlineChars) small[member] = value;
    else stored[member] = keep(db, member, body);
  }
  const packed = { ...small, $stored: stored };
  return { payload: packed, text: JSON.stringify(packed) };
}

/** Stores the JSON text of a value, and answers its place. Throws PAYLOAD_TOO_LARGE. */
export function keep(db: Sqlite, member: string, body: string | null): string {
  const bytes = body === null ? Number.POSITIVE_INFINITY : Buffer.byteLength(body);
  assertNotTooLarge(member, bytes);
  invariant(body !== null, 'what is not too large has a text');
  const hash = sha256(body);
  if (bytes <= tableBytes) {
    db.run('INSERT OR IGNORE INTO payloads (hash, body) VALUES (?, ?)', hash, body);
    return hash;
  }
  invariant(db.payloadsDir !== null, 'a database that is written to has a place for large values');
  writePayloadFile(db.payloadsDir, hash, body);
  return inFile + hash;
}

/** Null for a value whose text would be longer than any text can be. */
function jsonText(value: Json): string | null {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

export function assertNotTooLarge(member: string, bytes: number): void {
  if (bytes > mostPayloadBytes) throw tooLarge(member, bytes);
}

function tooLarge(member: string, bytes: number): HostError {
  const size = Number.isFinite(bytes) ? `${mebibytes(bytes)} MiB` : 'more than half a GiB';
  const most = mebibytes(mostPayloadBytes);
  return new HostError(
    'PAYLOAD_TOO_LARGE',
    `the ${member} ${member.endsWith('s') ? 'are' : 'is'} ${size} of JSON; ${most} MiB is the most`,
    {
      hint: 'Pass large things as files: write them to a file and hand on its path.',
      details: {
        member,
        bytes: Number.isFinite(bytes) ? bytes : null,
        mostBytes: mostPayloadBytes,
      },
    },
  );
}

/** Rounded up, so that what is too large never reads as if it were not. */
const mebibytes = (bytes: number): string => String(Math.ceil((bytes / (1024 * 1024)) * 10) / 10);

/** A value in parts, some of which have a place: what follows the `@` in its column. */
interface InParts {
  /** The value with null for each part, or where that has a place itself. */
  value?: Json;
  place?: string;
  parts: { [pointer: string]: string };
}

/** One member of a packed payload as the text of a column; null where it is absent or null. */
export function columnOf(payload: JsonObject, member: string): string | null {
  const places = placesOf(payload);
  const place = places[member];
  const value = payload[member];
  const parts = Object.entries(places).filter(([name]) => name.startsWith(`${member}/`));
  if (parts.length > 0) {
    const at = parts.map(([name, part]) => [name.slice(member.length), part]);
    const inParts: InParts = {
      ...(place === undefined ? { value: value ?? null } : { place }),
      parts: Object.fromEntries(at) as InParts['parts'],
    };
    return `@${JSON.stringify(inParts)}`;
  }
  if (place !== undefined) return `@${place}`;
  return value === undefined || value === null ? null : JSON.stringify(value);
}

/** The place of the whole value of a column; null where it is small, or in parts. */
export const placeIn = (column: string): string | null =>
  column.startsWith('@') && !column.startsWith('@{') ? column.slice(1) : null;

/** Where the large members of a packed payload lie. */
export const placesOf = (payload: JsonObject): { [member: string]: string } =>
  (payload['$stored'] ?? {}) as { [member: string]: string };

/** The value of such a column. Throws STORE_CORRUPT when its file was changed or is gone. */
export function valueOf(db: Sqlite, column: string | null): Json {
  if (column === null) return null;
  if (!column.startsWith('@')) return JSON.parse(column) as Json;
  if (column.startsWith('@{')) return assembled(db, JSON.parse(column.slice(1)) as InParts);
  return parsedAt(db, column.slice(1));
}

const parsedAt = (db: Sqlite, place: string): Json => JSON.parse(storedText(db, place)) as Json;

function assembled(db: Sqlite, { value, place, parts }: InParts): Json {
  const whole = place === undefined ? (value ?? null) : parsedAt(db, place);
  const read = new Map<string, Json>();
  for (const [pointer, at] of Object.entries(parts)) {
    const part = read.get(at) ?? parsedAt(db, at);
    read.set(at, part);
    putAt(whole, pointer, part);
  }
  return whole;
}

/** How long the JSON text at a place is. */
export function bytesAt(db: Sqlite, place: string): number {
  const { hash, isFile } = hashOfPlace(place);
  if (isFile) return db.payloadsDir === null ? 0 : payloadBytes(db.payloadsDir, hash);
  const kept = db.one<{ bytes: number }>(
    'SELECT octet_length(body) AS bytes FROM payloads WHERE hash = ?',
    hash,
  );
  return kept?.bytes ?? 0;
}

/** The JSON text at a place. */
export function storedText(db: Sqlite, place: string): string {
  if (place.startsWith(inFile)) {
    invariant(db.payloadsDir !== null, `the value ${place} has a folder to lie in`);
    return readPayloadFile(db.payloadsDir, place.slice(inFile.length));
  }
  const kept = db.one<{ body: string }>('SELECT body FROM payloads WHERE hash = ?', place);
  if (kept !== undefined) return kept.body;
  throw new HostError('STORE_CORRUPT', `the value ${place} is missing from the table payloads`, {
    hint: '`capstan journal verify` says what else is missing.',
    details: { place },
  });
}

/** The hash in a place, and whether a file has it. */
export const hashOfPlace = (place: string): { hash: string; isFile: boolean } =>
  place.startsWith(inFile)
    ? { hash: place.slice(inFile.length), isFile: true }
    : { hash: place, isFile: false };
