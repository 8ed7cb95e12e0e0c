import type { Context } from '../../context.ts';
import { instanceText } from '../../job-summary.ts';
import type { HostEvent, LiveEvent } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import { size } from '../../terminal/quantities.ts';
import { truncate } from '../../terminal/width.ts';
import { factOf, told } from '../journal/row.ts';

export function textOf(event: HostEvent, { io, style }: Context): string {
  const isRecorded = 'seq' in event;
  const number = (isRecorded ? String(event.seq) : '').padStart(6);
  const who = [
    event.runId,
    event.nodeId ?? event.jobId,
    isRecorded ? instanceText(event) : undefined,
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
