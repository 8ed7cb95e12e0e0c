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
  /** Output of one worker that is kept, per second; what comes faster is dropped and counted. */
  outputBytesPerS: 1024 * 1024,
  outputLinesPerS: 2_000,
  /** What of a tool's own exceptions leaves its worker: all, for whoever runs a tool also has to mend it. */
  tracebacks: 'full' as const,
  /** Lines of output quoted in a diagnosis. */
  diagnosisLines: 20,
  /** A worker of the dialect cjm tells its progress only when asked: first after this long, then this often. */
  cjmFirstPollMs: 100,
  cjmProgressPollMs: 250,
  /** It may miss a cancel that comes before its call has begun, so the cancel is repeated this often. */
  cjmCancelAgainMs: 250,
  /** A worker of that dialect that cannot be reached while it starts is tried again after this. */
  cjmReadyAgainMs: 50,
  /** A worker that is initialized, reconfigured or prefetching may tell nothing new for this long. */
  phaseSilenceMs: 300_000,
  /** A tool that is told that its instance is enabled or disabled answers within this. */
  hookMs: 30_000,
  /** A tool that is asked what is possible now for its settings answers within this. */
  optionsMs: 30_000,
  /** Instances that are loaded or unloaded at once, unless somebody says how many. */
  loadsAtOnce: 4,
  /** So many failed starts within the window, and further ones are refused for a while. */
  failedStartsMost: 3,
  failedStartsWindowMs: 300_000,
  failedStartsPauseMs: 60_000,
  /** Of a lease, unless `capstan.yaml` or the request says otherwise. */
  leaseTermMs: 30 * 60_000,
  leaseMaxTermMs: 24 * 3_600_000,
  /** One that waits for an amount may be overtaken by later ones for so long. */
  leaseAgingMs: 30_000,
  /** An announced start that has not come by then is taken for one that never will. */
  leaseSpawnMs: 120_000,
  /** A ledger's log that is longer than this many events is compacted, in passing. */
  ledgerCompactAfter: 20_000,
  /** Whoever cannot write to a ledger for this long says so, instead of waiting on. */
  ledgerBusyMs: 10_000,
  /** When a holder counts as too young to tell, silent, or alive without doing anything. */
  livenessYoungMs: 30 * 60_000,
  livenessSilenceMs: 15 * 60_000,
  livenessSpinningMs: 60 * 60_000,
  /** Git is asked no longer than this about changed files and commits. */
  gitTimeoutMs: 10_000,
  /** Shares of the memory of a machine, and of a GPU, that may be granted: the rest is air to breathe. */
  ramHeadroom: 0.9,
  vramHeadroom: 0.9,
  /** A measured peak is claimed with this on top: the next call may be a little larger. */
  claimMargin: 1.25,
  /** Of what may be granted, for a call that nobody knows anything of: small enough that others go on beside it. */
  unknownRamShare: 1 / 8,
  unknownVramShare: 1 / 2,
  /** A guess waits so long for all it asks for, and then makes do with what there is. */
  guessWaitMs: 10_000,
  /** Room is kept for an instance so long after its last call, so that a burst of short jobs asks once. */
  seatKeepMs: 1_000,
  /** While a job waits for memory the machine is looked at again after this, then less and less often. */
  lookAgainMs: 250,
  lookAgainMostMs: 2_000,
  /** An eviction frees this much more than is short. */
  evictionMargin: 1.25,
  /** A worker that holds less is not worth ending: it would free nothing. */
  hollowBytes: 64 * 1024 * 1024,
  /** A job of another workspace gets room here only after this: its own host may have idle workers. */
  helpAfterMs: 150,
  /** Where idle workers of one host are not enough, those of others may be what is missing; after this all make room. */
  sharedWaitMs: 400,
  /** Calls at once on one instance, unless its capability declares more. */
  instanceSlots: 1,
  /** Jobs in flight at once in one host. */
  lanes: 4,
  /** A package manager that is told to stop has this long before its process group is killed. */
  toolTermMs: 2_000,
  /** Last lines of a package manager's output that are kept, to explain a failed build. */
  toolLines: 400,
  /** What a tool prints on stdout, up to here, is kept whole: it is an answer we asked for. */
  toolStdoutChars: 4 * 1024 * 1024,
  /** A program that is asked for its version (an interpreter, uv, npm) answers within this or is passed over. */
  probeMs: 15_000,
  /** An index that is asked how large a package is answers within this, or the size counts as unknown. */
  sizeRequestMs: 15_000,
  /** What a plan costs is shown with it if that can be learned within this; a solver may take far longer. */
  planCostMs: 4_000,
  /** How often a process that waits for another one's build of the same environment looks again. */
  buildLockPollMs: 150,
  /** Different environments built at once. They share a disk and a network, so more gains little. */
  buildLanes: 2,
  /** Importing a capability to learn what it offers; a large library on a cold disk takes a minute. */
  introspectMs: 180_000,
  /** A job that was cut off by the end of its host this often, in a row, waits for a person instead. */
  interruptionsBeforeDecision: 20,
  /** After a failed commit the state file is tried again this often. */
  storeCheckMs: 1_000,
  /** Room that is kept back, so that on a full disk the ends of running work can be written. */
  reserveBytes: 16 * 1024 * 1024,
  /** The reserve is made this long after the start: the first acknowledgements have the disk to themselves. */
  reserveDelayMs: 500,
  /** Young heap of the threads that write: three of V8's semi-spaces, enough for what passes through them. */
  storeYoungMiB: 24,
  diagnosticsYoungMiB: 6,
  /** A thread that has had nothing to do for so long looks for what is left in its heap, unless that is too much. */
  tidyAfterMs: 3_000,
  tidyBytes: 48 * 1024 * 1024,
  /** A row that nobody waits for is written with the next one, or after this long. */
  unhurriedWriteMs: 5,
  /** A job that waits longer than this has its reason written down. */
  waitNoteMs: 250,
  /** A call that comes forward has that written down no more often. */
  progressNoteMs: 60_000,
  /** Jobs whose reason to wait is followed and written down; those behind them only stand in line. */
  waitNotesMost: 256,
  /** Subscribers hear progress of a job at most this often; the last word is always told. */
  progressMs: 50,
  /** Events that wait for one subscriber; one for which that is too few reads the journal instead. */
  streamBuffer: 256,
  /** Rows of the journal that such a subscriber is given at a time. */
  streamPage: 200,
  /** A timer that waits for longer is set again on the way: no clock is trusted for hours. */
  timerMost: 60_000,
  /** A job whose time is over, and which is there all the same, is ended again after this. */
  expiryAgainMs: 5_000,
  /** So long a tool may take to let go of its memory before its worker is ended instead. */
  releaseMs: 5_000,
  /** A call that takes so long is looked at while it runs: what its processes use, */
  firstLookMs: 100,
  /** and again so often. */
  nextLookMs: 500,
  /** Of one that takes so long it is asked at its end what its worker itself came to. */
  glanceMs: 20,
  /** Where calls are too short for that, their worker is looked at so often while they come. */
  burstLookMs: 2_000,
  /** Those who listen hear of it this often. */
  resourceTellMs: 900,
  /** A driver that is loaded for each question takes some seconds; one in trouble never answers. */
  gpuLimitMs: 10_000,
  /** Whoever asks what is in use waits so long for the GPUs, and is then told what was known before. */
  gpuWaitMs: 3_000,
  /** A driver that did not answer is left alone for so long; its devices count as there for so long. */
  gpuPauseMs: 30_000,
  gpuKeepMs: 600_000,
  /** A capability that measures in place of the built-in monitor answers within this. */
  monitorAnswerMs: 5_000,
  /** Accounts of one call that may be on their way to the disk; with more its worker is held up. */
  accountsWaitingMost: 10_000,
  /** So many are written at once without waiting for more. */
  accountsPerBatch: 500,
  accountCharactersWaitingMost: 8 * 1024 * 1024,
  /** JSON of a stream that was made and not read; with more the tool is held up. */
  streamAheadCharacters: 256 * 1024,
  /** Older diagnostics are removed. */
  diagnosticsAgeMs: 14 * 24 * 3_600_000,
  /** Size at which the oldest diagnostics make room for new ones. */
  diagnosticsBytes: 64 * 1024 * 1024,
  /** Lines of diagnostics waiting to be written; more than these are dropped, and counted. */
  diagnosticsWaitingMost: 20_000,
  /** How long diagnostics are gathered before they are written together. */
  diagnosticsFlushMs: 100,
} as const;
export type Defaults = { readonly [name in keyof typeof defaults]: number };
