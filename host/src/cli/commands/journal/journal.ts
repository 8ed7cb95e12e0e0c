import type { Context } from '../../context.ts';
import { eventSchema } from '../../event-document.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { followPages } from '../../follow-pages.ts';
import { inspect, requireKnown } from '../../inspect.ts';
import type { JournalFilter, JournalRow } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import type { Style } from '../../terminal/style.ts';
import { truncate } from '../../terminal/width.ts';

export interface JournalOptions {
  after?: number;
  limit: number;
  type?: string[];
  run?: string;
  job?: string;
  follow?: boolean;
}

export async function journal(context: Context, options: JournalOptions): Promise<ExitCode> {
  const filter = filterOf(options);
  await inspect(context, async (view) => {
    requireKnown(view, options);
    const first =
      options.after === undefined
        ? view.journal({ ...filter, newestFirst: true, limit: options.limit }).toReversed()
        : view.journal({ ...filter, afterSeq: options.after, limit: options.limit });
    if (options.follow !== true) {
      if (context.json) context.printJson({ events: first.map(documentOf) });
      else if (first.length === 0) context.say('No such rows.');
      else context.print(...first.map((row) => textOf(row, context)));
      return;
    }
    let afterSeq = options.after ?? -1;
    const show = (rows: JournalRow[]): void => {
      for (const row of rows) {
        context.print(context.json ? JSON.stringify(documentOf(row)) : textOf(row, context));
        afterSeq = row.seq;
      }
    };
    show(first);
    await followPages(context, () => show(view.journal({ ...filter, afterSeq, limit: 1000 })));
  });
  return 0;
}

function filterOf({ type, run, job }: JournalOptions): JournalFilter {
  return {
    ...(type === undefined ? {} : { eventType: type }),
    ...(run === undefined ? {} : { runId: run }),
    ...(job === undefined ? {} : { jobId: job }),
  };
}

/** The row as an event, with what proves its place in the chain. */
function documentOf(row: JournalRow): { [member: string]: unknown } {
  return {
    schema: eventSchema,
    type: row.eventType,
    seq: row.seq,
    ts: row.ts,
    ...(row.runId === null ? {} : { runId: row.runId }),
    ...(row.jobId === null ? {} : { jobId: row.jobId }),
    ...(row.nodeId === null ? {} : { nodeId: row.nodeId }),
    ...(row.capability === null ? {} : { capability: row.capability }),
    ...(row.session === null ? {} : { session: row.session }),
    ...(row.actor === null ? {} : { actor: row.actor }),
    workerReported: row.workerReported,
    payload: row.payload,
    prevHash: row.prevHash,
    hash: row.hash,
  };
}

function textOf(row: JournalRow, { io, style }: Context): string {
  const who = [row.runId, row.nodeId ?? row.jobId, row.capability].filter((id) => id !== null);
  const start = `${String(row.seq).padStart(6)}  ${row.ts}  ${row.eventType.padEnd(16)} ${who.join(' ')}`;
  const fact = factOf(row);
  const line = fact === '' ? start : `${start}  ${fact}`;
  return paintOf(row, style)(io.stdout.isTTY ? truncate(line, io.stdout.columns) : line);
}

/** The one thing about an event that people look for. */
function factOf({ payload }: JournalRow): string {
  const { state, error, reason, attempt, next, because, name } = payload;
  const words: unknown[] = [];
  if (state !== undefined) words.push(state);
  if (next !== undefined) words.push(`then ${String(next)}`);
  if (attempt !== undefined && state === undefined) words.push(`attempt ${String(attempt)}`);
  if (typeof error === 'object' && error !== null && 'message' in error)
    words.push(error['message']);
  for (const word of [reason, because, name]) if (typeof word === 'string') words.push(word);
  return oneLine(words.join(': '));
}

function paintOf({ payload }: JournalRow, style: Style): (text: string) => string {
  return payload['state'] === 'failed' ? style.red : (text) => text;
}
