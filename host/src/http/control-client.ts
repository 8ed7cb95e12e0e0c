import { request } from 'node:http';
import { type ErrorCode, errorTable } from '../error-table.ts';
import { HostError } from '../errors.ts';
import { controlHost } from './control.ts';
import type { HostInfo } from './host-info.ts';

const patienceMs = 10_000;

/** Asks the running host to cancel a run or a job. Throws what the host answers, WORKSPACE_BUSY if it does not. */
export async function requestCancel(info: HostInfo, id: string, reason: string): Promise<unknown> {
  const answer = await ask(info, 'POST', '/v1/cancel', { id, reason });
  return answer['cancelled'];
}

type Answer = { [member: string]: unknown };

function ask(info: HostInfo, method: string, path: string, body: unknown): Promise<Answer> {
  if (info.control === undefined) throw unreachable(info, 'it has no control socket');
  const { socket, token } = info.control;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request(
    {
      socketPath: socket,
      method,
      path,
      timeout: patienceMs,
      headers: {
        host: controlHost,
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      },
    },
    async (response) => {
      try {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
        resolve(readAnswer(JSON.parse(text) as Answer));
      } catch (error) {
        reject(error instanceof HostError ? error : unreachable(info, String(error)));
      }
    },
  );
  sent.on('timeout', () => sent.destroy(new Error(`no answer within ${patienceMs / 1000} s`)));
  sent.on('error', (error) => reject(unreachable(info, error.message)));
  sent.end(JSON.stringify(body));
  return promise;
}

function readAnswer(answer: Answer): Answer {
  if (typeof answer['error'] !== 'object' || answer['error'] === null) return answer;
  const { code, message, hint, details } = answer['error'] as Answer;
  const known = typeof code === 'string' && Object.hasOwn(errorTable, code);
  throw new HostError(known ? (code as ErrorCode) : 'INTERNAL', String(message), {
    ...(typeof hint === 'string' ? { hint } : {}),
    details: (details ?? {}) as Answer,
  });
}

const unreachable = ({ pid }: HostInfo, why: string): HostError =>
  new HostError(
    'WORKSPACE_BUSY',
    `The host of this workspace (process ${pid}) cannot be asked: ${why}.`,
    {
      hint: `End it with Ctrl-C in its terminal, or with \`kill ${pid}\`, and try again.`,
      details: { pid },
    },
  );
