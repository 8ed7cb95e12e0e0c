import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { describeFailure, exitCodeOf, failureOf } from '../../failure.ts';
import { type AskedHost, saySlow, withHost } from '../../host-client/index.ts';
import { Patience } from '../../patience.ts';
import { type Ended, untilOver } from './until-over.ts';

export interface CancelOptions {
  reason: string;
  wait?: boolean;
}

/** The state right after the cancel, and how many running jobs are asked to stop. */
interface Cancelled extends Ended {
  id: string;
  aborting: number;
}

export async function cancel(
  context: Context,
  ids: readonly string[],
  options: CancelOptions,
): Promise<ExitCode> {
  const left = 'A cancel that was accepted goes on; `capstan jobs` shows what became of it.';
  const patience = new Patience(context.io, left);
  try {
    return await patience.until(
      withHost(context, { dispatch: false }, (host) =>
        cancelAll(context, host, [...new Set(ids)], { ...options, signal: patience.signal }),
      ),
    );
  } finally {
    patience.release();
  }
}

interface How extends CancelOptions {
  signal: AbortSignal;
}

/** One that cannot be cancelled keeps none of the others from being; the first such gives the exit code. */
async function cancelAll(
  context: Context,
  host: AskedHost,
  ids: readonly string[],
  how: How,
): Promise<ExitCode> {
  const documents: object[] = [];
  let code: ExitCode = 0;
  for (const id of ids) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- told in the order they were named
      const cancelled = await cancelOne(context, host, id, how);
      documents.push(cancelled);
      if (!context.json) context.print(sentence(cancelled));
    } catch (thrown) {
      if (ids.length === 1 || how.signal.aborted) throw thrown;
      const failure = failureOf(thrown);
      documents.push({ id, error: failure });
      context.say(...describeFailure(failure, context.talkStyle));
      if (code === 0) code = exitCodeOf(failure);
    }
  }
  if (context.json) context.printJson({ cancelled: documents });
  return code;
}

async function cancelOne(
  context: Context,
  host: AskedHost,
  id: string,
  { reason, wait, signal }: How,
): Promise<Cancelled> {
  const afterSeq = await host.lastSeq();
  const note = (text: string): void => context.say(text);
  const answer = await saySlow(context.io, note, host, host.cancel(id, reason));
  const aborting = answer.aborting.length;
  if (wait !== true || aborting === 0) return { id, state: answer.state, aborting };
  return { id, aborting, ...(await untilOver(host, id, { afterSeq, note, signal })) };
}

function sentence({ id, state, aborting }: Cancelled): string {
  if (state !== 'running') return `${id} is ${state}`;
  const jobs = `${aborting} running ${aborting === 1 ? 'job' : 'jobs'}`;
  return `${id} is being cancelled; ${jobs} asked to stop (\`--wait\` waits for it)`;
}
