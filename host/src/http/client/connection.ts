import type { IncomingMessage } from 'node:http';
import { HostError, messageOf } from '../../errors.ts';
import type { Json, JsonObject } from '../../index.ts';
import type { ControlAddress } from '../host-info.ts';
import { type ErrorBody, errorOf } from '../errors.ts';

// An `import` of this module reads everything it exports, a whole fetch client among it, which costs more than
// all else that a client does.
const { Agent, request } = process.getBuiltinModule('node:http');

export interface Question {
  method: 'GET' | 'POST';
  path: string;
  body?: JsonObject;
  /** How long an answer may take. */
  patienceMs: number;
  signal?: AbortSignal;
}

/** Tells when nothing has come for a while, although it is waited for. */
class Silence {
  #since = performance.now();
  #isWaiting = true;
  readonly #timer: NodeJS.Timeout;

  constructor(patienceMs: number, onSilence: () => void) {
    this.#timer = setInterval(() => {
      if (this.#isWaiting && performance.now() - this.#since > patienceMs) onSilence();
    }, patienceMs / 4).unref();
  }

  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  set isWaiting(isWaiting: boolean) {
    this.#isWaiting = isWaiting;
    this.#since = performance.now();
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

/**
 * Requests to one host over its control socket. What the host refuses is thrown as the host threw it. When
 * it cannot be reached or ends before it has answered, that is HOST_LOST, with `reached` in its details:
 * false says that the request certainly never began.
 */
export class Connection {
  readonly pid: number;
  readonly #address: ControlAddress;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  #answered = 0;

  constructor(pid: number, address: ControlAddress) {
    this.pid = pid;
    this.#address = address;
  }

  /** Requests that were answered so far. */
  get answered(): number {
    return this.#answered;
  }

  async ask(question: Question): Promise<JsonObject> {
    const response = await this.#send(question);
    let text = '';
    try {
      for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    } catch (error) {
      throw this.#lost(`its answer was cut off (${messageOf(error)})`, true);
    }
    return this.#answerIn(text, response.statusCode ?? 0);
  }

  /** The lines of a stream, as they come; it is for the caller to know which line is the last. */
  async *lines(question: Question): AsyncGenerator<string> {
    const { signal, patienceMs } = question;
    const isLeft = (): boolean => signal?.aborted === true;
    if (isLeft()) return;
    const response = await this.#send(question);
    // Only one who waits for the host is kept waiting by it; a reader may take as long as it likes.
    response.socket.setTimeout(0);
    const silence = new Silence(patienceMs, () => response.destroy(this.#silent(patienceMs)));
    /** The beginning of a line whose end has not come. */
    let rest: string[] = [];
    const leave = (): void => void response.destroy();
    signal?.addEventListener('abort', leave, { once: true });
    try {
      for await (const chunk of response.setEncoding('utf8')) {
        const [end = '', ...lines] = String(chunk).split('\n');
        rest.push(end);
        silence.isWaiting = lines.length === 0;
        if (silence.isWaiting) continue;
        yield rest.join('');
        rest = [lines.pop() ?? ''];
        yield* lines;
        silence.isWaiting = true;
      }
    } catch (error) {
      if (isLeft()) return;
      if (error instanceof HostError) throw error;
      throw this.#lost(`its stream was cut off (${messageOf(error)})`, true);
    } finally {
      silence.end();
      signal?.removeEventListener('abort', leave);
      response.destroy();
    }
    // What is refused is answered as one document without a line's end.
    if (rest.join('') !== '') this.#answerIn(rest.join(''), response.statusCode ?? 0);
  }

  close(): void {
    this.#agent.destroy();
  }

  #send({ method, path, body, patienceMs, signal }: Question): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { socket, token } = this.#address;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = request({
      socketPath: socket,
      agent: this.#agent,
      method,
      path,
      timeout: patienceMs,
      headers: {
        host: 'capstan.localhost',
        authorization: `Bearer ${token}`,
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    let reached = false;
    sent.once('socket', (one) => {
      if (one.connecting) one.once('connect', () => (reached = true));
      else reached = true;
    });
    sent.on('timeout', () => sent.destroy(this.#silent(patienceMs)));
    sent.on('error', (error) =>
      reject(error instanceof HostError ? error : this.#lost(messageOf(error), reached)),
    );
    sent.on('response', resolve);
    sent.end(text);
    return promise;
  }

  #answerIn(text: string, status: number): JsonObject {
    let answer: Json;
    try {
      answer = JSON.parse(text) as Json;
    } catch {
      throw this.#lost(`its answer was cut off after ${text.length} characters`, true);
    }
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
      throw this.#lost('its answer is none of Capstan', true);
    }
    this.#answered += 1;
    const { error } = answer;
    if (error === undefined) return answer;
    // Another host has the workspace by now: this one's token is not what its host.json said.
    if (status === 401 || status === 403) throw this.#lost('it does not know our token', false);
    throw errorOf(error as unknown as Partial<ErrorBody>);
  }

  /** It may be stopped, or wait for a disk that does not answer. */
  #silent(patienceMs: number): HostError {
    return new HostError(
      'HOST_LOST',
      `The host of this workspace (process ${this.pid}) has not answered for ${patienceMs / 1000} s.`,
      { details: { pid: this.pid, reached: true } },
    );
  }

  #lost(why: string, reached: boolean): HostError {
    return new HostError(
      'HOST_LOST',
      reached
        ? `The host of this workspace (process ${this.pid}) ended before it answered: ${why}.`
        : `The host of this workspace (process ${this.pid}) cannot be asked: ${why}.`,
      { details: { pid: this.pid, reached } },
    );
  }
}
