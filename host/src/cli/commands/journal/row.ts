import type { Context } from '../../context.ts';
import { eventSchema } from '../../event-document.ts';
import { instanceText } from '../../job-summary.ts';
import type { JournalRow, JsonObject } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import { duration } from '../../terminal/quantities.ts';
import type { Style } from '../../terminal/style.ts';
import { truncate } from '../../terminal/width.ts';

/** The row as an event, whole: with what proves its place in the chain. */
export function documentOf(row: JournalRow): { [member: string]: unknown } {
  const { eventType, seq, ts, workerReported, payload, prevHash, hash, ...rest } = row;
  const known = Object.entries(rest).filter(([, value]) => value !== null);
  return {
    schema: eventSchema,
    type: eventType,
    seq,
    ts,
    ...Object.fromEntries(known),
    workerReported,
    payload,
    prevHash,
    hash,
  };
}

export function textOf(row: JournalRow, { io, style }: Context): string {
  const who = [row.runId, row.nodeId ?? row.jobId, instanceText(row)].filter(
    (id) => id !== null && id !== undefined,
  );
  // Where there is little room it is for what happened, not for the year.
  const isNarrow = io.stdout.isTTY && io.stdout.columns < 100;
  const ts = isNarrow ? row.ts.slice(11, 19) : row.ts;
  const what = told(row.eventType, who.map(oneLine).join(' '), factOf(row.payload));
  const line = `${String(row.seq).padStart(6)}  ${ts}  ${what}`;
  return paintOf(row, style)(io.stdout.isTTY ? truncate(line, io.stdout.columns) : line);
}

/** As wide as the longest common types, so that what it is about stands in a column. */
const typeWidth = 20;

/** What happened, to whom, and what there is to say about it. */
export const told = (type: string, who: string, fact: string): string =>
  [type.padEnd(typeWidth), ...[who, fact].filter((part) => part !== '')].join('  ').trimEnd();

/** The one thing about an event that people look for. */
export function factOf(payload: JsonObject): string {
  const { state, error, reason, attempt, next, because, name } = payload;
  const { from, to, priority, delayMs, decision, enabled, pid } = payload;
  const words: unknown[] = [];
  if (pid !== undefined) words.push(`process ${String(pid)}`);
  if (state !== undefined) words.push(state);
  if (next !== undefined) words.push(`then ${String(next)}`);
  if (to !== undefined) words.push(`${String(from)} to ${String(to)}`);
  else if (from !== undefined && priority !== undefined) {
    words.push(`priority ${String(from)} to ${String(priority)}`);
  }
  if (attempt !== undefined && state === undefined) words.push(`attempt ${String(attempt)}`);
  if (typeof delayMs === 'number' && delayMs > 0) words.push(`in ${duration(delayMs)}`);
  if (enabled !== undefined) words.push(enabled === true ? 'enabled' : 'disabled');
  if (typeof error === 'object' && error !== null && 'message' in error)
    words.push(error['message']);
  for (const word of [decision, reason, because, name]) {
    if (typeof word === 'string') words.push(word);
  }
  return oneLine(words.join(': '));
}

function paintOf({ payload }: JournalRow, style: Style): (text: string) => string {
  return payload['state'] === 'failed' ? style.red : (text) => text;
}
