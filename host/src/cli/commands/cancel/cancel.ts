import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type AskedHost, type CancelAnswer, withHost } from '../../host-client/index.ts';

export interface CancelOptions {
  reason: string;
}

export async function cancel(
  context: Context,
  id: string,
  { reason }: CancelOptions,
): Promise<ExitCode> {
  const answer = await withHost(context, { dispatch: false }, (host) => host.cancel(id, reason));
  if (context.json) context.printJson({ id, state: answer.state, aborting: answer.aborting.length });
  else context.print(sentence(id, answer));
  return 0;
}

function sentence(id: string, { state, aborting: { length: aborting } }: CancelAnswer): string {
  if (aborting > 0)
    return `${id} is being cancelled; ${aborting} running ${aborting === 1 ? 'job' : 'jobs'} asked to stop`;
  return `${id} is ${state}`;
}
