import type { Context } from '../../context.ts';
import type { HostEvent, JournaledEvent, JournalRow, LiveEvent } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import { size } from '../../terminal/quantities.ts';
import { truncate } from '../../terminal/width.ts';
import { factOf, told } from '../journal/row.ts';

/** A row of the journal as the host that wrote it told it. */
export const eventOfRow = (row: JournalRow): JournaledEvent => ({
  type: row.eventType,
  seq: row.seq,
  ts: row.ts,
  ...(row.runId === null ? {} : { runId: row.runId }),
  ...(row.jobId === null ? {} : { jobId: row.jobId }),
  ...(row.nodeId === null ? {} : { nodeId: row.nodeId }),
  ...(row.capability === null ? {} : { capability: row.capability }),
  ...(row.session === null ? {} : { session: row.session }),
  payload: row.payload,
});

export function textOf(event: HostEvent, { io, style }: Context): string {
  const isRecorded = 'seq' in event;
  const number = (isRecorded ? String(event.seq) : '').padStart(6);
  const who = [
    event.runId,
    event.nodeId ?? event.jobId,
    isRecorded ? event.capability : undefined,
  ].filter((id) => id !== undefined);
  const fact = oneLine(isRecorded ? factOf(event.payload) : saidLive(event));
  const line = `${number}  ${told(event.type, who.map(oneLine).join(' '), fact)}`;
  const shown = io.stdout.isTTY ? truncate(line, io.stdout.columns) : line;
  if (!isRecorded) return style.dim(shown);
  return event.payload['state'] === 'failed' ? style.red(shown) : shown;
}

function saidLive(event: LiveEvent): string {
  switch (event.type) {
    case 'progress':
      return `${Math.floor(event.progress * 100)}% ${event.message}`;
    case 'phase':
      return event.message;
    case 'resources':
      return `${size(event.rssBytes)}, ${Math.round(event.cpuPercent)}% of a core`;
    case 'dropped':
      return `${event.count} not told, because this reader was too slow`;
  }
}
