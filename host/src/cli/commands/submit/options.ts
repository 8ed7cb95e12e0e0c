import { HostError } from '../../../errors.ts';
import type { JobRequest } from '../../host-client/index.ts';
import { parseJson } from '../../inputs.ts';
import type { Json, JsonObject } from '../../runtime.ts';

export interface SubmitOptions {
  input?: string[];
  inputs?: string;
  jobs?: string;
  priority?: number;
  key?: string;
  deadline?: number;
  timeout?: number;
  delay?: number;
  retries?: number;
  backoff?: number;
  maxBackoff?: number;
  actor?: string;
  runId?: string;
  control?: string;
  wait?: boolean;
}

/** What the options say of a job besides its call and its arguments. */
export function conditionsIn(options: SubmitOptions): Omit<JobRequest, 'capability'> {
  const { priority, key, deadline, timeout, delay, actor, runId, control } = options;
  const retry = retryIn(options);
  return {
    ...(priority === undefined ? {} : { priority }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(deadline === undefined ? {} : { withinMs: deadline }),
    ...(timeout === undefined ? {} : { deadlineMs: timeout }),
    ...(delay === undefined ? {} : { delayMs: delay }),
    ...(actor === undefined ? {} : { actor }),
    ...(runId === undefined ? {} : { runId }),
    ...(retry === undefined ? {} : { retry }),
    ...(control === undefined ? {} : { control: objectIn(parseJson(control, '--control')) }),
  };
}

/** Three retries are four attempts. */
function retryIn({ retries, backoff, maxBackoff }: SubmitOptions): JobRequest['retry'] {
  if (retries === undefined) {
    if (backoff === undefined && maxBackoff === undefined) return undefined;
    throw new HostError('USAGE', 'A back-off without --retries has no effect.', {
      hint: 'Say how often to try again: --retries 3.',
    });
  }
  return {
    attempts: retries + 1,
    ...(backoff === undefined ? {} : { backoffMs: backoff }),
    ...(maxBackoff === undefined ? {} : { maxBackoffMs: maxBackoff }),
  };
}

function objectIn(value: Json): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new HostError('USAGE', '--control is no JSON object.', {
    hint: `Write --control '{"fast": true}'.`,
  });
}

/** `hello.greet`, or `vad.voice-activity.detect` for a method of a task. Throws USAGE. */
export function callIn(
  text: string,
): Pick<JobRequest, 'capability' | 'action' | 'task' | 'method'> {
  const [capability = '', second = '', third, ...more] = text.split('.');
  const isWhole = capability !== '' && second !== '' && third !== '' && more.length === 0;
  if (isWhole && third === undefined) return { capability, action: second };
  if (isWhole && third !== undefined) return { capability, task: second, method: third };
  throw new HostError('USAGE', `\`${text.slice(0, 200)}\` is no call.`, {
    hint: 'Write capability.action, or capability.task.method. `capstan list` shows what there is.',
  });
}
