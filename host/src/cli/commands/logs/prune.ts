import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { inspect } from '../../inspect.ts';
import type { Retention } from '../../runtime.ts';
import { size } from '../../terminal/quantities.ts';

export interface PruneOptions {
  olderThan?: number;
  maxSize?: number;
  dryRun?: true;
}

export async function prune(context: Context, options: PruneOptions): Promise<ExitCode> {
  const { olderThan, maxSize, dryRun = false } = options;
  const retention: Retention = {
    ...(olderThan === undefined ? {} : { olderThanMs: olderThan }),
    ...(maxSize === undefined ? {} : { mostBytes: maxSize }),
  };
  const nowMs = context.io.nowMs();
  const report = await inspect(context, (view) =>
    dryRun ? view.whatToPrune(nowMs, retention) : view.pruneLogs(nowMs, retention),
  );
  if (context.json) context.printJson({ dryRun, ...report });
  else {
    const { lines, bytes, bytesLeft } = report;
    const what = `${lines} ${lines === 1 ? 'line' : 'lines'}`;
    const would = dryRun ? `about ${what} would go` : `${what} removed`;
    context.print(
      lines === 0
        ? `nothing to remove; ${size(bytesLeft)} in all`
        : `${would}, ${size(bytes)} freed, ${size(bytesLeft)} left`,
    );
  }
  return 0;
}
