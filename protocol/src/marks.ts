/** Environment variables every process of a worker's tree carries, so that a later host can find what a dead one left. */
export const marks = {
  /** Which worker process this belongs to; equals `session` of its start line. */
  session: 'CAPSTAN_SESSION',
  /** Which host started it. */
  host: 'CAPSTAN_HOST',
} as const;

/** Headers of a call. */
export const headers = {
  call: 'capstan-call',
  deadlineMs: 'capstan-deadline-ms',
  fence: 'capstan-fence',
} as const;

/** The media type that asks for, and marks, a stream of frames. */
export const framesMediaType = 'application/x-ndjson';

/** A call's id names its folder on disk, so it holds nothing a path could be made of. */
export const isCallId = (text: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(text);
