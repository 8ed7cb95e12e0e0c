import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type AskedHost, isLost, type JobRequest, withHost } from '../../host-client/index.ts';
import { givenInputs } from '../../inputs.ts';
import { summaryOf } from '../../job-summary.ts';
import { Patience } from '../../patience.ts';
import type { JobRow } from '../../runtime.ts';
import { whoRuns } from '../../who-runs.ts';
import { exitCodeOf, tellOutcomes } from '../wait/outcome.ts';
import { noHostIsUp, outcomesAt, wait } from '../wait/wait.ts';
import { type Line, requestsIn, withLineNumbers } from './batch.ts';
import { callIn, conditionsIn, type SubmitOptions } from './options.ts';

export async function submit(
  context: Context,
  call: string | undefined,
  options: SubmitOptions,
): Promise<ExitCode> {
  if (options.jobs !== undefined)
    return submitAll(context, call, { ...options, jobs: options.jobs });
  if (call === undefined) {
    throw new HostError('USAGE', 'It is not said what to submit.', {
      hint: 'Write capability.action, or --jobs <file> for many. See `capstan submit --help`.',
    });
  }
  const { cwd } = context.io;
  const input = await givenInputs(context, options);
  const request: JobRequest = { ...callIn(call), ...conditionsIn(options), input, cwd };
  return accepted(context, [request], options);
}

async function submitAll(
  context: Context,
  call: string | undefined,
  options: SubmitOptions & { jobs: string },
): Promise<ExitCode> {
  const { input, inputs, key } = options;
  if (call !== undefined || input !== undefined || inputs !== undefined || key !== undefined) {
    throw new HostError('USAGE', 'With --jobs, calls, arguments and keys stand in the file.', {
      hint: 'A line is a request: {"call": "hello.greet", "input": {"who": "World"}, "idempotencyKey": "…"}',
    });
  }
  const { cwd } = context.io;
  const lines = await requestsIn(context, options.jobs, { ...conditionsIn(options), cwd });
  try {
    return await accepted(context, lines.map(requestOf), options);
  } catch (error) {
    throw withLineNumbers(error, options.jobs === '-' ? 'stdin' : options.jobs, lines);
  }
}

const requestOf = ({ request }: Line): JobRequest => request;

/** On disk when this has answered; from then on it is the job that is spoken of, not the request. */
async function accepted(
  context: Context,
  requests: JobRequest[],
  options: SubmitOptions,
): Promise<ExitCode> {
  if (options.wait === true) return submittedAndOver(context, requests);
  const answer = await withHost(context, { dispatch: false }, async (host) => ({
    jobs: await host.submit(requests),
    host: { pid: host.pid, isResident: host.isResident },
  }));
  tell(context, answer);
  return 0;
}

/** One host for both, where this process is the host: opening it takes longer than many a call. */
async function submittedAndOver(context: Context, requests: JobRequest[]): Promise<ExitCode> {
  let ids: string[] = [];
  const patience = new Patience(context.io, 'What was accepted goes on: `capstan jobs` lists it.');
  const say = (text: string): void => context.say(context.talkStyle.dim(text));
  const work = withHost(context, { dispatch: true }, async (host) => {
    if (host.pid === null) say(noHostIsUp);
    ids = (await host.submit(requests)).map(({ jobId }) => jobId);
    say(`Accepted: ${ids.length === 1 ? ids[0] : `${ids.length} jobs`}`);
    return patience.until(outcomesAt(host, ids, patience.signal));
  });
  try {
    const outcomes = await patience.unlessForced(work);
    tellOutcomes(context, outcomes);
    return exitCodeOf(outcomes);
  } catch (error) {
    if (ids.length === 0 || !isLost(error)) throw error;
  } finally {
    patience.release();
  }
  say('The host has ended; what was accepted goes on here.');
  return wait(context, ids, {});
}

interface Answer {
  jobs: JobRow[];
  host: Pick<AskedHost, 'pid' | 'isResident'>;
}

function tell(context: Context, { jobs, host }: Answer): void {
  if (context.json) {
    const running = host.pid === null ? null : { pid: host.pid, resident: host.isResident };
    context.printJson({ jobs: jobs.map(summaryOf), host: running });
    return;
  }
  context.print(...jobs.map(({ jobId }) => jobId));
  const [first] = jobs;
  const isKnown = jobs.length === 1 && first !== undefined && first.state !== 'pending';
  const news =
    jobs.length === 1
      ? `Accepted. ${whoRuns(host)}`
      : `${jobs.length} jobs accepted. ${whoRuns(host, 'them')}`;
  // Its key may stand for a job that has begun, or ended, before.
  const talk = isKnown ? `It is there already: ${first.state}.` : news;
  context.say(context.talkStyle.dim(talk));
}
