import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { followPages } from '../../follow-pages.ts';
import { inspect, requireKnown } from '../../inspect.ts';
import type { LogFilter, StoredLine } from '../../runtime.ts';
import { plain } from '../../terminal/plain.ts';
import type { Style } from '../../terminal/style.ts';

export interface LogsOptions {
  job?: string;
  run?: string;
  capability?: string;
  level?: NonNullable<StoredLine['level']>;
  limit: number;
  follow?: boolean;
}

export async function logs(context: Context, options: LogsOptions): Promise<ExitCode> {
  const filter = filterOf(options);
  await inspect(context, async (view) => {
    requireKnown(view, options);
    const first = view.logs({ ...filter, limit: options.limit });
    if (options.follow !== true) {
      if (context.json) context.printJson({ lines: first });
      else if (first.length === 0) context.say('No such lines. Logs are kept for a while only.');
      else context.print(...first.map((line) => textOf(line, context.style)));
      return;
    }
    let afterSeq = 0;
    const show = (lines: StoredLine[]): void => {
      for (const line of lines) {
        context.print(context.json ? JSON.stringify(line) : textOf(line, context.style));
        afterSeq = line.seq;
      }
    };
    show(first);
    await followPages(context, () => show(view.logs({ ...filter, afterSeq, limit: 1000 })));
  });
  return 0;
}

function filterOf({ job, run, capability, level }: LogsOptions): LogFilter {
  return {
    ...(job === undefined ? {} : { jobId: job }),
    ...(run === undefined ? {} : { runId: run }),
    ...(capability === undefined ? {} : { capability }),
    ...(level === undefined ? {} : { level }),
  };
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
