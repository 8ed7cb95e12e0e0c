import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { withHost } from '../../host-client/index.ts';
import { requireJobId } from '../../ids.ts';
import { summaryOf } from '../../job-summary.ts';
import { shellWord } from '../../terminal/shell.ts';
import { whoRuns } from '../../who-runs.ts';

export interface DecideOptions {
  actor: string;
}

export async function decide(
  context: Context,
  id: string,
  given: string | undefined,
  { actor }: DecideOptions,
): Promise<ExitCode> {
  requireJobId(id);
  const decision = decisionIn(given, id);
  await withHost(context, { dispatch: false }, async (host) => {
    await host.decide(id, decision, actor);
    const job = await host.job(id);
    if (context.json) context.printJson({ decision, ...summaryOf(job) });
    else if (decision === 'fail') context.print(`${id} counts as failed`);
    else {
      context.print(`${id} runs again`);
      context.say(context.talkStyle.dim(whoRuns(host)));
    }
  });
  return 0;
}

/** Throws USAGE with both commands to type. */
export function decisionIn(given: string | undefined | true, id: string): 'rerun' | 'fail' {
  if (given === 'rerun' || given === 'fail') return given;
  const lack =
    given === undefined || given === true
      ? 'What is decided is missing'
      : `A decision is \`rerun\` or \`fail\`, not \`${given}\``;
  const command = `capstan decide ${shellWord(id)}`;
  throw new HostError('USAGE', `${lack}.`, {
    hint: `\`${command} rerun\` runs it again; \`${command} fail\` lets it count as failed.`,
  });
}
