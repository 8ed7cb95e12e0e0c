import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { followPages } from '../../follow-pages.ts';
import { inspect, requireKnown } from '../../inspect.ts';
import type { Moment } from '../../options.ts';
import type { DroppedCount, LogFilter, StoredLine, WorkspaceView } from '../../runtime.ts';
import { plain } from '../../terminal/plain.ts';
import { age, size } from '../../terminal/quantities.ts';
import type { Style } from '../../terminal/style.ts';
import { table } from '../../terminal/table.ts';

export interface LogsOptions {
  job?: string;
  run?: string;
  capability?: string;
  session?: string;
  call?: string;
  level?: NonNullable<StoredLine['level']>;
  since?: Moment;
  limit?: number;
  follow?: boolean;
  dropped?: boolean;
}

export async function logs(context: Context, options: LogsOptions): Promise<ExitCode> {
  const filter = filterOf(options, context);
  const { limit = 100 } = options;
  await inspect(context, async (view) => {
    requireKnown(view, options);
    if (options.dropped === true) return tellDropped(context, view, options);
    if (options.follow === true) return follow(context, view, filter, limit);
    const lines = view.logs({ ...filter, limit });
    if (context.json) context.printJson({ lines });
    else if (lines.length === 0) context.say('No such lines. Logs are kept for a while only.');
    else context.print(...lines.map((line) => textOf(line, context.style)));
  });
  return 0;
}

const pageLines = 1_000;

/** The last lines, and those to come: the place to go on from is fixed before the first are read. */
async function follow(
  context: Context,
  view: WorkspaceView,
  filter: LogFilter,
  limit: number,
): Promise<void> {
  const { io } = context;
  let afterSeq = view.logs({ limit: 1 }).at(-1)?.seq ?? 0;
  const show = async (lines: readonly StoredLine[]): Promise<void> => {
    for (const line of lines) {
      if (io.stdout.closed.aborted) return;
      context.print(context.json ? JSON.stringify(line) : textOf(line, context.style));
      afterSeq = Math.max(afterSeq, line.seq);
      // oxlint-disable-next-line no-await-in-loop -- a slow reader is waited for, not buffered for
      await io.stdout.ready();
    }
  };
  if (limit > 0) await show(view.logs({ ...filter, limit }));
  await followPages(context, async () => {
    for (;;) {
      const lines = view.logs({ ...filter, afterSeq, limit: pageLines });
      // oxlint-disable-next-line no-await-in-loop -- a page after the other
      await show(lines);
      if (lines.length < pageLines) return;
    }
  });
}

function filterOf(options: LogsOptions, { io }: Context): LogFilter {
  const { job, run, capability, session, call, level, since } = options;
  return {
    ...(job === undefined ? {} : { jobId: job }),
    ...(run === undefined ? {} : { runId: run }),
    ...(capability === undefined ? {} : { capability }),
    ...(session === undefined ? {} : { session }),
    ...(call === undefined ? {} : { callId: call }),
    ...(level === undefined ? {} : { level }),
    ...(since === undefined ? {} : { since: since(io.nowMs()) }),
  };
}

const reasons: { [reason in DroppedCount['reason']]: string } = {
  output: 'faster than is kept of a worker',
  backlog: 'too many were waiting to be written',
  disk: 'the disk took none',
};

/** Of a job: of the workers that made its attempts. */
function tellDropped(context: Context, view: WorkspaceView, { job, session }: LogsOptions): void {
  const sessions =
    job === undefined ? null : new Set(view.job(job).attempts.map((attempt) => attempt.session));
  const dropped = view
    .dropped(session)
    .filter((one) => sessions === null || sessions.has(one.session));
  if (context.json) context.printJson({ dropped });
  else if (dropped.length === 0) context.say('No line was dropped.');
  else {
    const { io, style } = context;
    const rows = dropped.map((one) => [
      one.session === '' ? 'host' : one.session,
      String(one.lines),
      size(one.bytes),
      age(one.until, io.nowMs()),
      reasons[one.reason],
    ]);
    const header = ['SESSION', 'LINES', 'BYTES', 'LAST', 'WHY'];
    context.print(...table(header, rows, { columns: tableColumns(io), style }));
  }
}

/** `12:03:04.120 speech  warning  message`; raw output has its stream in place of a level. */
function textOf(line: StoredLine, style: Style): string {
  const time = style.dim(line.ts.slice(11, 23));
  const kind = line.level ?? line.source;
  const paint = { warning: style.yellow, error: style.red }[kind as string] ?? style.dim;
  const who = line.capability ?? line.logger ?? 'capstan';
  const message = plain(line.message).trimEnd();
  const trace = line.exceptionText === undefined ? '' : `\n${plain(line.exceptionText).trimEnd()}`;
  return `${time} ${who.padEnd(10)} ${paint(kind.padEnd(7))} ${`${message}${trace}`.replaceAll('\n', '\n    ')}`;
}
