import { HostError } from '../../../errors.ts';
import type { ValueStream } from '../../../http/surface.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { exitCodeOf, failureOf } from '../../failure.ts';
import { type JobRequest, withHost } from '../../host-client/index.ts';
import { givenInputs } from '../../inputs.ts';
import { Interruption } from '../../interruption.ts';
import { callIn, conditionsIn, type SubmitOptions } from '../submit/options.ts';
import { noHostIsUp } from '../wait/wait.ts';
import { Printer } from './print.ts';

export type StreamOptions = Omit<
  SubmitOptions,
  'jobs' | 'key' | 'retries' | 'backoff' | 'maxBackoff' | 'wait'
>;

/**
 * The values of one call, printed at the pace of whoever reads them. With `--json` an error is the last frame:
 * whatever has begun to read lines goes on reading lines.
 */
export async function stream(
  context: Context,
  call: string,
  options: StreamOptions,
): Promise<ExitCode> {
  const { io, json } = context;
  const printer = new Printer(context);
  const interruption = new Interruption(io, (text) => context.say(text), null);
  try {
    const input = await givenInputs(context, options);
    const request = { ...callIn(call), ...conditionsIn(options), input, cwd: io.cwd };
    await interruption.unlessForced(printed(context, request, printer, interruption));
    return interruption.exitCodeOr(0);
  } catch (error) {
    // Nobody reads any more: that is how a reader says that it has enough.
    if (io.stdout.closed.aborted) return 0;
    const code = interruption.exitCodeOr(exitCodeOfStream(error));
    if (!json) {
      if (code === 130 || code === 143) return code;
      throw error;
    }
    printer.error(failureOf(error));
    return code;
  } finally {
    interruption.release();
  }
}

function printed(
  context: Context,
  request: JobRequest,
  printer: Printer,
  interruption: Interruption,
): Promise<void> {
  const { io } = context;
  return withHost(context, { dispatch: true }, async (host) => {
    if (host.pid === null) context.say(context.talkStyle.dim(noHostIsUp));
    interruption.check();
    const leaving = new AbortController();
    const values = host.stream(request, {
      signal: leaving.signal,
      onProgress: (progress, message) => printer.progress(progress, message),
    });
    const leave = async (reason: string): Promise<void> => {
      leaving.abort(new HostError('CANCELLED', reason));
      await values.return();
    };
    interruption.cancelWith(leave);
    const onClosed = (): void => void leave('nobody reads it any more');
    io.stdout.closed.addEventListener('abort', onClosed, { once: true });
    try {
      await print(context, values, printer);
    } finally {
      io.stdout.closed.removeEventListener('abort', onClosed);
    }
  });
}

async function print({ io }: Context, values: ValueStream, printer: Printer): Promise<void> {
  printer.job(await values.jobId);
  for await (const batch of values.batches()) {
    printer.values(batch);
    await io.stdout.ready();
  }
  printer.end();
}

/** A call that failed is no failure of the command line: 1, whatever its error's code stands for elsewhere. */
function exitCodeOfStream(error: unknown): ExitCode {
  const failure = failureOf(error);
  if (failure.details['jobId'] === undefined) return exitCodeOf(failure);
  if (failure.category === 'cancelled') return 130;
  return failure.code === 'DEADLINE_EXCEEDED' ? 124 : 1;
}
