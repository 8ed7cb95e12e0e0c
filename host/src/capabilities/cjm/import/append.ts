import { isDeepStrictEqual } from 'node:util';
import { isMap, isNode, isSeq, LineCounter, parseDocument, stringify } from 'yaml';
import { HostError } from '../../../errors.ts';

type Entry = { [member: string]: unknown };

/** The entries as `capstan.yaml` text, each with a line that says where it comes from. */
export function entriesText(
  entries: readonly { value: Entry; from: string }[],
  indent = 2,
): string {
  const margin = ' '.repeat(indent);
  return entries
    .map(({ value, from }) => {
      const lines = stringify([value], { lineWidth: 100 }).trimEnd().split('\n');
      return [`# from ${from}`, ...lines].map((line) => `${margin}${line}`.trimEnd()).join('\n');
    })
    .join('\n\n');
}

/**
 * The text of a `capstan.yaml` with further entries at the end of its list. Nothing that stands there is
 * touched; only a list that is written in one line makes the file be written anew, comments included.
 * `null` stands for a file that is not there.
 */
export function withEntries(
  text: string | null,
  entries: readonly { value: Entry; from: string }[],
): string {
  if (entries.length === 0) return text ?? 'capabilities: []\n';
  if (text === null || text.trim() === '') return `capabilities:\n${entriesText(entries)}\n`;
  const wanted = wantedValue(text, entries);
  for (const candidate of [appended(text, entries), writtenAnew(text, entries)]) {
    if (candidate !== null && isDeepStrictEqual(valueOf(candidate), wanted)) return candidate;
  }
  throw new HostError(
    'DECLARATION_INVALID',
    'capstan.yaml has no list to which entries could be added.',
    {
      hint: 'Look at what `capstan import cjm` proposes, and add it by hand.',
    },
  );
}

function appended(text: string, entries: readonly { value: Entry; from: string }[]): string | null {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const list = document.get('capabilities', true);
  if (!isSeq(list) || list.flow === true) return null;
  const last = list.items.at(-1);
  if (!isNode(last) || !last.range) return null;
  const [start, , end] = last.range;
  const indent = counter.linePos(text.lastIndexOf('-', start - 1)).col - 1;
  const body = text.slice(0, end).trimEnd();
  const rest = text.slice(body.length).replace(/^[ \t]*\n?/, '');
  return `${body}\n\n${entriesText(entries, indent)}\n${rest}`;
}

function writtenAnew(text: string, entries: readonly { value: Entry }[]): string | null {
  const document = parseDocument(text);
  const list = isMap(document.contents) ? document.get('capabilities', true) : null;
  if (!isMap(document.contents)) return null;
  if (isSeq(list)) list.flow = false;
  else document.set('capabilities', document.createNode([]));
  for (const { value } of entries) document.addIn(['capabilities'], document.createNode(value));
  return document.toString();
}

function wantedValue(text: string, entries: readonly { value: Entry }[]): unknown {
  const value = valueOf(text);
  const record = typeof value === 'object' && value !== null ? value : {};
  const before =
    'capabilities' in record && Array.isArray(record.capabilities) ? record.capabilities : [];
  const added: unknown[] = JSON.parse(JSON.stringify(entries.map((entry) => entry.value)));
  return { ...record, capabilities: [...(before as unknown[]), ...added] };
}

function valueOf(text: string): unknown {
  try {
    const document = parseDocument(text);
    return document.errors.length > 0 ? undefined : document.toJS();
  } catch {
    return undefined;
  }
}
