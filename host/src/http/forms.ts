import { type CompositionSource, type JsonObject, readComposition } from '../index.ts';
import {
  flag,
  invalid,
  number,
  object,
  oneOf,
  optional,
  read,
  text,
  texts,
  textsByName,
} from './read.ts';
import type { JobRequest, LoadRequest, Place, RetryOptions, RunOptions } from './surface.ts';

/** Bodies that are more than a word or two, as values the host takes. All throw INPUT_INVALID. */

const retryForm = {
  attempts: number,
  backoffMs: optional(number),
  factor: optional(number),
  maxBackoffMs: optional(number),
  jitter: optional(number),
};

const jobForm = {
  capability: text,
  action: optional(text),
  task: optional(text),
  method: optional(text),
  input: optional(object),
  priority: optional(number),
  actor: optional(text),
  runId: optional(text),
  idempotencyKey: optional(text),
  deadlineMs: optional(number),
  withinMs: optional(number),
  delayMs: optional(number),
  retry: optional(object),
  control: optional(object),
  cwd: optional(text),
};

export function jobRequest(body: JsonObject, where: string): JobRequest {
  const { retry, ...job } = read(body, jobForm, where);
  return retry === undefined ? job : { ...job, retry: read(retry, retryForm, `${where}retry.`) };
}

const loadForm = {
  capability: text,
  instance: optional(text),
  isNew: optional(flag),
  config: optional(object),
  set: optional(object),
  adapters: optional(texts),
  slots: optional(number),
  lenient: optional(flag),
  env: optional(textsByName),
  actor: optional(text),
};

export const loadRequest = (body: JsonObject, where = ''): LoadRequest =>
  read(body, loadForm, where);

export const manyForm = { concurrency: optional(number), failFast: optional(flag) };

export const changeForm = {
  set: optional(object),
  unset: optional(texts),
  replace: optional(object),
  reset: optional(flag),
  lenient: optional(flag),
  actor: optional(text),
};

export function placeIn(body: JsonObject): Place {
  const { priority, to } = read(body, {
    priority: optional(number),
    to: optional(oneOf('first', 'last')),
  });
  if (priority !== undefined && to === undefined) return { priority };
  if (to !== undefined && priority === undefined) return { to };
  throw invalid('give either priority or to');
}

const definition = {
  /** In its normal form. */
  composition: optional(object),
  /** What messages call it. */
  file: optional(text),
  folder: optional(text),
};

export function startOf(body: JsonObject): {
  source: CompositionSource;
  inputs: JsonObject;
  options: RunOptions;
} {
  const { composition, file, folder, inputs, ...options } = read(body, {
    ...definition,
    composition: object,
    inputs: object,
    cwd: text,
    fresh: optional(flag),
    actor: optional(text),
  });
  return { source: sourceOf(composition, file, folder), inputs, options };
}

export function retryOf(body: JsonObject): RetryOptions {
  const { composition, file, folder, ...options } = read(body, {
    ...definition,
    from: optional(text),
    cwd: optional(text),
    actor: optional(text),
  });
  if (composition === undefined) return options;
  return { ...options, definition: sourceOf(composition, file, folder) };
}

/** As a repetition, but there has to be another definition. */
export function replacementOf(body: JsonObject): RetryOptions & { definition: CompositionSource } {
  const { definition: given, ...options } = retryOf(body);
  if (given !== undefined && 'composition' in given) return { ...options, definition: given };
  throw invalid('composition is missing');
}

function sourceOf(
  composition: JsonObject,
  file = 'composition',
  folder?: string,
): CompositionSource {
  return {
    composition: readComposition(composition, file),
    file,
    locate: () => undefined,
    ...(folder === undefined ? {} : { folder }),
  };
}
