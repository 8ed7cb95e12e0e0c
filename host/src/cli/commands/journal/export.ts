import { resolve } from 'node:path';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { inspect, requireKnown } from '../../inspect.ts';
import { OutFile } from '../../out-file.ts';
import type { JournalRow } from '../../runtime.ts';
import { type FilterOptions, filterOf } from './filters.ts';
import { documentOf } from './row.ts';
import { pagesOf, requireReached } from './rows.ts';

export interface ExportOptions extends FilterOptions {
  format?: 'ndjson' | 'json' | 'csv';
  output?: string;
  force?: boolean;
}

/** Where the rows go: a file that appears whole at the end, or stdout. */
interface Sink {
  write(text: string): Promise<void>;
}

export async function exportJournal(context: Context, options: ExportOptions): Promise<ExitCode> {
  const { format = 'ndjson', output } = options;
  if (output === undefined || output === '-') {
    await copy(context, options, stdoutSink(context));
    return 0;
  }
  const path = resolve(context.io.cwd, output);
  const file = await OutFile.open(path, { force: options.force === true });
  try {
    const rows = await copy(context, options, file);
    await file.commit();
    if (context.json) context.printJson({ file: path, format, rows });
    else context.say(`${rows} ${rows === 1 ? 'row' : 'rows'} written to ${output}`);
    return 0;
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

const stdoutSink = ({ io }: Context): Sink => ({
  write: (text) => {
    io.stdout.write(text);
    return io.stdout.ready();
  },
});

/** Writes a page at a time; nothing else is held. Ctrl-C leaves no half of a file. */
async function copy(context: Context, options: ExportOptions, sink: Sink): Promise<number> {
  const { io } = context;
  const filter = filterOf(options, context);
  const interrupted = new AbortController();
  const release = io.onSignal('SIGINT', () => interrupted.abort());
  const shape = shapes[options.format ?? 'ndjson'];
  let rows = 0;
  try {
    await inspect(context, async (view) => {
      requireKnown(view, options);
      requireReached(view, filter.afterSeq);
      await sink.write(shape.head);
      for (const page of pagesOf(view, filter)) {
        if (io.stdout.closed.aborted) return;
        if (interrupted.signal.aborted) throw new HostError('INTERRUPTED', 'Stopped by Ctrl-C.');
        const text = page.map((row, i) => shape.row(row, rows + i === 0)).join('');
        // oxlint-disable-next-line no-await-in-loop -- one page at a time is the point
        await sink.write(text);
        rows += page.length;
      }
      await sink.write(shape.foot);
    });
  } finally {
    release();
  }
  return rows;
}

interface Shape {
  head: string;
  row: (row: JournalRow, isFirst: boolean) => string;
  foot: string;
}

const columns = [
  'seq',
  'eventId',
  'ts',
  'eventType',
  'runId',
  'jobId',
  'compositionId',
  'nodeId',
  'capability',
  'configHash',
  'task',
  'method',
  'action',
  'session',
  'actor',
  'workerReported',
  'payload',
  'prevHash',
  'hash',
] as const satisfies readonly (keyof JournalRow)[];

const shapes: { [format in NonNullable<ExportOptions['format']>]: Shape } = {
  ndjson: { head: '', row: (row) => `${JSON.stringify(documentOf(row))}\n`, foot: '' },
  json: {
    head: '[',
    row: (row, isFirst) => `${isFirst ? '' : ','}\n  ${JSON.stringify(documentOf(row))}`,
    foot: '\n]\n',
  },
  csv: {
    head: `${columns.join(',')}\n`,
    row: (row) => `${columns.map((name) => csvCell(row[name])).join(',')}\n`,
    foot: '',
  },
};

/** As RFC 4180 has it; an empty cell is null. */
export function csvCell(value: JournalRow[keyof JournalRow]): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
