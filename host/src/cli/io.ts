/** What a command may touch of the outside world; tests pass their own. */
export interface Io {
  stdout: Output;
  stderr: Output;
  stdin: Input;
  env: Environment;
  cwd: string;
  nowMs: () => number;
  /** Calls back on the signal until the returned function is called. */
  onSignal: (signal: Signal, handler: () => void) => () => void;
  /** Calls back once, unless the returned function is called first. */
  after: (ms: number, callback: () => void) => () => void;
  /** Calls back again and again until the returned function is called. */
  every: (ms: number, callback: () => void) => () => void;
}

export type Environment = { readonly [name: string]: string | undefined };
export type Signal = 'SIGINT' | 'SIGTERM';

export interface Output {
  write(text: string): void;
  /** Resolves when the reader has taken enough for more: what streams at any length waits for it. */
  ready(): Promise<void>;
  readonly isTTY: boolean;
  /** Size of the terminal; meaningless for a pipe. */
  readonly columns: number;
  readonly rows: number;
  /** Aborted once nobody reads any more (`| head`). Writing on is harmless. */
  readonly closed: AbortSignal;
}

export interface Input {
  readonly isTTY: boolean;
  text(): Promise<string>;
  /** Hears each key at once, unseen, until the returned function is called; only of a terminal. */
  keys(handler: (key: string) => void): () => void;
  /** As they come, for what need not be text. */
  bytes(): Promise<Uint8Array>;
}
