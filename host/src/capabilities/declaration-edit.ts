import { isDeepStrictEqual } from 'node:util';
import { isMap, isNode, isSeq, LineCounter, parseDocument, type YAMLSeq } from 'yaml';
import { HostError } from '../errors.ts';

/** Where an entry of `capstan.yaml` stands, from its first line to its last, counted from 1. */
export interface EntryLines {
  first: number;
  last: number;
}

/** The lines to delete by hand; null where it shares them with others, or is not there. */
export function linesOfCapability(text: string, name: string): EntryLines | null {
  const entry = find(text, name);
  return entry === null ? null : entry.lines;
}

/**
 * The text of a `capstan.yaml` without one capability. Every other line stays as it is, comments and spaces
 * included; only an entry that shares its lines with others makes the file be written anew, comments still
 * included. Null when there is no such entry. Throws DECLARATION_INVALID when other entries refer to it.
 */
export function withoutCapability(text: string, name: string): string | null {
  const entry = find(text, name);
  if (entry === null) return null;
  const wanted = remaining(text, name);
  for (const edit of [withoutLines, writtenAnew]) {
    const candidate = edit(text, entry);
    if (candidate !== null && isDeepStrictEqual(valueOf(candidate), wanted)) return candidate;
  }
  throw new HostError(
    'DECLARATION_INVALID',
    `${name} cannot be taken out of capstan.yaml: other entries refer to something in it.`,
    { hint: 'Delete it by hand, and write out what refers to it.' },
  );
}

interface Entry {
  index: number;
  isOnly: boolean;
  lines: EntryLines | null;
}

function find(text: string, name: string): Entry | null {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const list = document.get('capabilities', true);
  if (!isSeq(list)) return null;
  const index = list.items.findIndex((item) => isMap(item) && item.get('name') === name);
  if (index < 0) return null;
  const lines = list.flow === true ? null : linesIn(list, index, counter, text);
  return { index, isOnly: list.items.length === 1, lines };
}

function linesIn(
  list: YAMLSeq,
  index: number,
  counter: LineCounter,
  text: string,
): EntryLines | null {
  const item = list.items[index];
  if (!isNode(item) || !item.range) return null;
  const [start, end] = item.range;
  const dash = text.lastIndexOf('-', start - 1);
  const first = counter.linePos(dash).line;
  // the range of a block ends where the next line begins
  const last = counter.linePos(Math.max(start, text.slice(0, end).trimEnd().length - 1)).line;
  return { first, last };
}

/** Deletes whole lines. The key of a list that is empty then says so. */
function withoutLines(text: string, { lines, isOnly }: Entry): string | null {
  if (lines === null) return null;
  const all = text.split('\n');
  all.splice(lines.first - 1, lines.last - lines.first + 1);
  const rest = all.join('\n');
  return isOnly ? rest.replace(/^(capabilities\s*:)/m, '$1 []') : rest;
}

function writtenAnew(text: string, { index }: Entry): string | null {
  const document = parseDocument(text);
  document.deleteIn(['capabilities', index]);
  try {
    return document.toString();
  } catch {
    return null; // something refers to what is gone
  }
}

function remaining(text: string, name: string): unknown {
  const value: unknown = parseDocument(text).toJS();
  if (typeof value !== 'object' || value === null || !('capabilities' in value)) return value;
  const { capabilities } = value;
  const kept = (Array.isArray(capabilities) ? capabilities : []).filter(
    (one: { name?: unknown } | null) => one?.name !== name,
  );
  return { ...value, capabilities: kept };
}

function valueOf(text: string): unknown {
  try {
    const document = parseDocument(text);
    return document.errors.length > 0 ? undefined : document.toJS();
  } catch {
    return undefined; // an alias that leads nowhere
  }
}
