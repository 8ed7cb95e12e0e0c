import { join } from 'node:path';
import { filesIn, type Frame, type Json, type JsonObject, type WireError } from '@capstan/protocol';
import { HostError } from '../errors.ts';
import { redactJsonFiles } from './redacting-files.ts';
import type { Redactor } from '../secrets/index.ts';
import type { CallOutcome } from './answer.ts';
import type { WorkerExit } from './ending.ts';
import type { LiveWorker } from './live-worker.ts';
import type { OutputLine } from './output.ts';
import type { CallRequest, RequestOptions } from './request.ts';
import type { WorkerSpec } from './spawn.ts';
import type { StopBudget } from './stop.ts';

/**
 * A worker out of whose every word its secrets are taken, whichever protocol it speaks: nothing further up
 * ever sees one. What goes to it is left as it is.
 */
export class RedactingWorker implements LiveWorker {
  readonly exited: Promise<WorkerExit>;
  readonly #worker: LiveWorker;
  readonly #redactor: Redactor;
  readonly #callsDir: string;

  /** `callsDir` holds the folders of its calls. */
  constructor(worker: LiveWorker, redactor: Redactor, callsDir: string) {
    this.#worker = worker;
    this.#redactor = redactor;
    this.#callsDir = callsDir;
    this.exited = worker.exited.then((exit) => this.#exit(exit));
  }

  get session(): string {
    return this.#worker.session;
  }

  get pid(): number {
    return this.#worker.pid;
  }

  get address(): string {
    return this.#worker.address;
  }

  get dialect(): LiveWorker['dialect'] {
    return this.#worker.dialect;
  }

  get isAlive(): boolean {
    return this.#worker.isAlive;
  }

  async call(request: CallRequest): Promise<CallOutcome> {
    const { onChunk } = request;
    const heard = {
      ...request,
      ...this.#heard(request),
      ...(onChunk === undefined
        ? {}
        : {
            onChunk: (value: Json, characters?: number) => {
              const hear = () => onChunk(this.#redactor.json(value), characters);
              return this.#redactFiles(value, request)?.then(hear) ?? hear();
            },
          }),
    };
    const outcome = await this.#worker.call(heard);
    if (outcome.kind === 'result') await this.#redactFiles(outcome.value, request);
    return redactedOutcome(outcome, this.#redactor);
  }

  async ask(
    method: 'GET' | 'POST',
    path: string,
    body?: Json,
    options: RequestOptions = {},
  ): Promise<CallOutcome> {
    const heard = { ...options, ...this.#heard(options) };
    return redactedOutcome(await this.#worker.ask(method, path, body, heard), this.#redactor);
  }

  async request(
    method: 'GET' | 'POST',
    path: string,
    body?: Json,
    options: RequestOptions = {},
  ): Promise<Json> {
    try {
      const heard = { ...options, ...this.#heard(options) };
      return this.#redactor.json(await this.#worker.request(method, path, body, heard));
    } catch (error) {
      throw redactedFailure(error, this.#redactor);
    }
  }

  cancel(callId: string | undefined, reason: string): Promise<void> {
    return this.#worker.cancel(callId, reason);
  }

  async stop(budget?: Partial<StopBudget>): Promise<WorkerExit> {
    return this.#exit(await this.#worker.stop(budget));
  }

  lastLines(): string[] {
    return this.#worker.lastLines().map((line) => this.#redactor.text(line));
  }

  /** Null, and no promise, for the many values without a file. */
  #redactFiles(value: Json, { callId }: CallRequest): Promise<void> | null {
    if (filesIn(value).length === 0) return null;
    return redactJsonFiles(value, join(this.#callsDir, callId), this.#redactor);
  }

  #heard({ onFrame }: RequestOptions): Pick<RequestOptions, 'onFrame'> {
    if (onFrame === undefined) return {};
    return { onFrame: (frame) => onFrame(redactedFrame(frame, this.#redactor)) };
  }

  #exit(exit: WorkerExit): WorkerExit {
    return { ...exit, message: this.#redactor.text(exit.message) };
  }
}

function redactedFrame(frame: Frame, redactor: Redactor): Frame {
  switch (frame.event) {
    case 'progress':
      return { ...frame, message: redactor.text(frame.message) };
    case 'usage':
      return { ...frame, usage: countsOf(redactor.object<JsonObject>(frame.usage)) };
    case 'account':
      return {
        ...frame,
        type: redactor.text(frame.type),
        payload: redactor.object(frame.payload),
      };
    case 'error':
      return { ...frame, error: redactedError(frame.error, redactor) };
    default:
      return { ...frame, value: redactor.json(frame.value) };
  }
}

/** What somebody measured is a number; one that was a secret is left out. */
function countsOf(usage: JsonObject): { [unit: string]: number } {
  const counts = Object.entries(usage).filter(([, amount]) => typeof amount === 'number');
  return Object.fromEntries(counts) as { [unit: string]: number };
}

function redactedOutcome(outcome: CallOutcome, redactor: Redactor): CallOutcome {
  if (outcome.kind === 'result') return { ...outcome, value: redactor.json(outcome.value) };
  return { ...outcome, error: redactedError(outcome.error, redactor) };
}

/** What the host decides by stays as it is: the category, and whether and when to try again. */
function redactedError(error: WireError, redactor: Redactor): WireError {
  const { category, retriable, retryAfterS, occurredAt, shortfall, ...words } = error;
  return {
    ...redactor.object(words),
    category,
    retriable,
    occurredAt,
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
    ...(shortfall === undefined
      ? {}
      : { shortfall: { ...shortfall, resource: redactor.text(shortfall.resource) } }),
  };
}

/** The same failure, with nothing in it that is secret, its cause left out. */
export function redactedFailure(error: unknown, redactor: Redactor): unknown {
  if (!(error instanceof HostError)) {
    if (!(error instanceof Error)) return error;
    const shown = new Error(redactor.text(error.message));
    shown.name = error.name;
    return shown;
  }
  const { code, message, hint, details, category, retriable } = error;
  return new HostError(code, redactor.text(message), {
    category,
    retriable,
    details: redactor.object(details as JsonObject),
    ...(hint === undefined ? {} : { hint: redactor.text(hint) }),
  });
}

/** What takes secrets out of each line a worker prints; undefined where it has none. */
export function redactionOf({
  redactor,
}: Pick<WorkerSpec, 'redactor'>): ((line: OutputLine) => OutputLine) | undefined {
  if (redactor === undefined || redactor.isEmpty) return undefined;
  return (line) => redactedLine(line, redactor);
}

/** A line of a worker's output; one that was cut may end with the beginning of a secret. */
function redactedLine(line: OutputLine, redactor: Redactor): OutputLine {
  const { text, record } = line;
  const [cutMark = ''] = / … \(line cut, \d+ bytes more\)$/.exec(text) ?? [];
  const whole = text.slice(0, text.length - cutMark.length);
  return {
    ...line,
    text: cutMark === '' ? redactor.text(whole) : redactor.cutText(whole) + cutMark,
    ...(record === undefined
      ? {}
      : {
          record: {
            ...record,
            logger: redactor.text(record.logger),
            message: redactor.text(record.message),
            ...(record.excText === undefined ? {} : { excText: redactor.text(record.excText) }),
          },
        }),
  };
}
