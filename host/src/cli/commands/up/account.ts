import type { Context } from '../../context.ts';
import type { HostEvent, Json, JsonObject } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import { bytesText, took } from '../../terminal/quantities.ts';
import type { Paint } from '../../terminal/style.ts';

/**
 * What a resident host says of its work, a line per change: in a terminal every change of state, in a pipe
 * only how jobs and runs ended, and what waits for a person.
 */
export class Account {
  readonly #context: Context;
  readonly #isTalkative: boolean;
  /** When the attempts that run began, to say how long they took. */
  readonly #begun = new Map<string, number>();

  constructor(context: Context) {
    this.#context = context;
    this.#isTalkative = context.io.stderr.isTTY;
  }

  tell(event: HostEvent): void {
    if (!('seq' in event)) return;
    const { io } = this.#context;
    const { type, jobId, runId, nodeId, payload } = event;
    const instance = event.instance ?? event.capability ?? '';
    const who = jobId === undefined ? (runId ?? '') : `${jobId} ${instance}${inRun(runId, nodeId)}`;
    switch (type) {
      case 'job_submitted':
      case 'run_submitted':
        return this.#detail(
          who,
          runId !== undefined && jobId === undefined
            ? `accepted: ${textOf(payload['name'])}`
            : 'accepted',
        );
      case 'job_waiting':
        return this.#detail(who, textOf(payload['reason']));
      case 'job_started':
        if (jobId !== undefined) this.#begun.set(jobId, io.nowMs());
        return this.#detail(who, `started${again(payload)}`);
      case 'job_retrying':
        return this.#detail(who, `failed, tried again: ${messageIn(payload)}`);
      case 'job_interrupted':
        return payload['next'] === 'needs_decision'
          ? this.#line(
              who,
              `was cut off and may not be repeated: \`capstan decide ${jobId ?? ''} rerun\`, or fail`,
            )
          : this.#detail(who, 'was cut off, runs again');
      case 'job_cancel_requested':
      case 'run_cancel_requested':
        return this.#detail(who, `is being cancelled: ${textOf(payload['reason'])}`);
      case 'instance_enabled':
      case 'instance_disabled':
        return this.#line(instance, type === 'instance_enabled' ? 'enabled' : 'disabled');
      case 'instance_loaded':
      case 'instance_unloaded':
        return this.#line(instance, type === 'instance_loaded' ? 'loaded' : 'unloaded');
      case 'instance_evicted':
        return this.#line(instance, evicted(payload));
      case 'job_finished':
        return this.#ended(who, payload, this.#lasted(jobId ?? ''));
      case 'run_finished':
        return this.#ended(who, payload, '');
      default:
        return;
    }
  }

  #ended(who: string, payload: JsonObject, lasted: string): void {
    const state = textOf(payload['state']);
    const why = messageIn(payload);
    this.#line(who, `${state}${lasted}${why === '' ? '' : `: ${why}`}`, this.#paintOf(state));
  }

  #lasted(jobId: string): string {
    const begun = this.#begun.get(jobId);
    if (begun === undefined) return '';
    this.#begun.delete(jobId);
    return ` in ${took(this.#context.io.nowMs() - begun)}`;
  }

  #detail(who: string, what: string): void {
    if (this.#isTalkative) this.#line(who, what, this.#context.talkStyle.dim);
  }

  #line(who: string, what: string, paint: Paint = (text) => text): void {
    const { io, talkStyle, say } = this.#context;
    const time = new Date(io.nowMs()).toISOString().slice(11, 19);
    say(`${talkStyle.dim(time)}  ${who}  ${paint(oneLine(what))}`);
  }

  #paintOf(state: string): Paint {
    const { talkStyle } = this.#context;
    if (state === 'completed') return talkStyle.green;
    return state === 'failed' ? talkStyle.red : talkStyle.yellow;
  }
}

/** `made room for speech: 1.2 GiB of memory, 8 GiB of gpu:0`. */
function evicted({ for: forWhom, freedBytes, freedVramBytes }: JsonObject): string {
  const devices = Object.entries((freedVramBytes ?? {}) as { [index: string]: number });
  const freed = [
    ...(typeof freedBytes === 'number' ? [`${bytesText(freedBytes)} of memory`] : []),
    ...devices.flatMap(([index, bytes]) =>
      bytes > 0 ? [`${bytesText(bytes)} of gpu:${index}`] : [],
    ),
  ];
  const room = typeof forWhom === 'string' ? `made room for ${forWhom}` : 'made room';
  return freed.length === 0 ? room : `${room}: ${freed.join(', ')}`;
}

const inRun = (runId: string | undefined, nodeId: string | undefined): string =>
  runId === undefined ? '' : ` (${nodeId === undefined ? '' : `${nodeId} of `}${runId})`;

const again = ({ attempt }: JsonObject): string =>
  typeof attempt === 'number' && attempt > 1 ? `, attempt ${attempt}` : '';

function messageIn({ error }: JsonObject): string {
  const isError = typeof error === 'object' && error !== null && !Array.isArray(error);
  return isError ? textOf(error['message']) : '';
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
