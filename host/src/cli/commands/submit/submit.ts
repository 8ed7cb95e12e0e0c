import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type AskedHost, type JobRequest, withHost } from '../../host-client/index.ts';
import { givenInputs } from '../../inputs.ts';
import { summaryOf } from '../../job-summary.ts';
import type { JobRow } from '../../runtime.ts';
import { whoRuns } from '../../who-runs.ts';
import { wait } from '../wait/wait.ts';
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
  const answer = await withHost(context, { dispatch: false }, async (host) => ({
    jobs: await host.submit(requests),
    host: { pid: host.pid, isResident: host.isResident },
  }));
  const ids = answer.jobs.map(({ jobId }) => jobId);
  if (options.wait === true) {
    context.say(
      context.talkStyle.dim(`Accepted: ${ids.length === 1 ? ids[0] : `${ids.length} jobs`}`),
    );
    return wait(context, ids, {});
  }
  tell(context, answer);
  return 0;
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
  const what = jobs.length === 1 ? 'Accepted.' : `${jobs.length} jobs accepted.`;
  // Its key may stand for a job that has begun, or ended, before.
  const talk = isKnown ? `It is there already: ${first.state}.` : `${what} ${whoRuns(host)}`;
  context.say(context.talkStyle.dim(talk));
}
