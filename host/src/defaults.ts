/** Every default of the host in one place: a value, its unit in the name, and why it is what it is. */
export const defaults = {
  /** A worker that prints nothing for this long before it is ready is taken for hung. */
  readySilenceMs: 30_000,
  /** A worker that keeps printing (a model loading, say) gets this long in all. */
  readyTotalMs: 300_000,
  /** A warm worker without calls for this long is ended, so that its memory is free for others. */
  idleMs: 300_000,
  /** How long a running call may take to honour a cancel before its worker is killed. */
  cancelGraceMs: 3_000,
  /** Stages of a worker's end: `/cleanup`, then end of stdin, then SIGTERM, then SIGKILL. */
  stopCleanupMs: 2_000,
  stopStdinMs: 1_000,
  stopTermMs: 2_000,
  /** Longest line of worker output that is kept whole; the rest of a longer one is cut and marked. */
  outputLineBytes: 64 * 1024,
  /** Lines of output quoted in a diagnosis. */
  diagnosisLines: 20,
  /** Calls at once on one instance, unless its capability declares more. */
  instanceSlots: 1,
  /** Jobs in flight at once in one host. */
  lanes: 4,
  /** A result larger than this is a file, not JSON. Same figure as the workers' SDKs. */
  inlineResultBytes: 1024 * 1024,
  /** Largest answer of a worker the host will read, frames and result together. */
  answerBytes: 16 * 1024 * 1024,
} as const;
export type Defaults = { readonly [name in keyof typeof defaults]: number };
