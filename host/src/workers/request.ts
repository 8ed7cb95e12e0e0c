import {
  type Envelope,
  type Frame,
  framesMediaType,
  headers,
  type Json,
  type JsonObject,
} from '@capstan/protocol';
import type { Exchange } from './connection.ts';

export interface CallRequest {
  callId: string;
  target: { action: string } | { task: string; method: string };
  kwargs: JsonObject;
  envelope?: Envelope;
  /** The worker ends the call by itself when it has taken this long. */
  deadlineMs?: number;
  /** A worker refuses a fence lower than one it has seen. */
  fence?: number;
  /** Aborting asks the worker to cancel this call, and no other; the call then ends as the worker says. */
  signal?: AbortSignal;
  /** A promise holds up the tool until it resolves. */
  onFrame?: (frame: Frame) => void | Promise<void>;
  /** Asks for the values one by one, as they are made. */
  stream?: boolean;
  /**
   * Takes the values of a stream, and about how many characters each was. A promise holds up the tool until
   * it resolves.
   */
  onChunk?: (value: Json, characters?: number) => void | Promise<void>;
}

export interface RequestOptions {
  timeoutMs?: number;
  signal?: AbortSignal;
  onFrame?: (frame: Frame) => void | Promise<void>;
}

export function exchangeOf(request: CallRequest): Exchange {
  const { callId, target, kwargs, envelope, deadlineMs, fence, onFrame } = request;
  const attribution = envelope === undefined ? {} : { envelope };
  const isTask = 'task' in target;
  const body = isTask
    ? { task: target.task, method: target.method, kwargs, ...attribution }
    : { args: [], kwargs: { ...kwargs, action: target.action }, ...attribution };
  return {
    method: 'POST',
    path: request.stream === true ? '/execute_stream' : isTask ? '/task' : '/execute',
    headers: {
      ...jsonHeaders(onFrame !== undefined || request.stream === true),
      [headers.call]: callId,
      ...(deadlineMs === undefined ? {} : { [headers.deadlineMs]: String(Math.ceil(deadlineMs)) }),
      ...(fence === undefined ? {} : { [headers.fence]: String(fence) }),
    },
    body: JSON.stringify(body),
  };
}

/** Frames are asked for only when somebody listens: plain JSON is a little cheaper for both sides. */
export const jsonHeaders = (wantsFrames: boolean): { [name: string]: string } => ({
  'content-type': 'application/json',
  accept: wantsFrames ? framesMediaType : 'application/json',
});
