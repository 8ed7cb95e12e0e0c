import { parseReadyLine, protocolVersions, type WireError } from '@capstan/protocol';

export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export type HandshakeOutcome =
  | { kind: 'ready'; address: string }
  | { kind: 'refused'; error: WireError }
  | { kind: 'skew'; message: string }
  | { kind: 'malformed'; message: string }
  | { kind: 'exited'; end: ProcessEnd }
  | { kind: 'silent'; ms: number }
  | { kind: 'slow'; ms: number }
  | { kind: 'abandoned' };

export interface HandshakeLimits {
  /** Nothing printed for this long: hung. Any output starts it again. */
  readySilenceMs: number;
  /** Not ready after this long, however much it prints. */
  readyTotalMs: number;
}

/**
 * Waits for the ready line of a worker. It is told what happens (output, a line, the end of the process)
 * and asks nothing by itself, so a start takes exactly as long as the worker takes.
 */
export class Handshake {
  readonly outcome: Promise<HandshakeOutcome>;
  readonly #listen: string;
  readonly #limits: HandshakeLimits;
  readonly #resolve: (outcome: HandshakeOutcome) => void;
  readonly #silence: NodeJS.Timeout;
  readonly #total: NodeJS.Timeout;
  #isOver = false;

  constructor(listen: string, limits: HandshakeLimits) {
    const { promise, resolve } = Promise.withResolvers<HandshakeOutcome>();
    this.outcome = promise;
    this.#listen = listen;
    this.#limits = limits;
    this.#resolve = resolve;
    this.#silence = setTimeout(
      () => this.#settle({ kind: 'silent', ms: limits.readySilenceMs }),
      limits.readySilenceMs,
    );
    this.#total = setTimeout(
      () => this.#settle({ kind: 'slow', ms: limits.readyTotalMs }),
      limits.readyTotalMs,
    );
  }

  get limits(): HandshakeLimits {
    return this.#limits;
  }

  /** The worker printed something. */
  heard(): void {
    if (!this.#isOver) this.#silence.refresh();
  }

  /** A line of stdout. True when it was the handshake, and so is not output. */
  offer(line: string): boolean {
    if (this.#isOver) return false;
    const outcome = this.#read(line);
    if (outcome === null) return false;
    this.#settle(outcome);
    return true;
  }

  exited(end: ProcessEnd): void {
    this.#settle({ kind: 'exited', end });
  }

  abandon(): void {
    this.#settle({ kind: 'abandoned' });
  }

  #read(line: string): HandshakeOutcome | null {
    // A tool that printed a prompt without a newline just before leaves the ready line glued to it. The
    // address is unguessable, so it is recognised by that.
    const isGlued = line.endsWith(`capstan 1 ${this.#listen}`);
    const ready = parseReadyLine(isGlued ? `capstan 1 ${this.#listen}` : line);
    if (ready === null) return null;
    const version = Number(/^capstan (\d+) /.exec(line)?.[1] ?? 1);
    if (version !== 1) return { kind: 'skew', message: skewMessage(version) };
    if (ready.kind === 'error') return { kind: 'refused', error: ready.error };
    if (ready.kind === 'malformed') return ready;
    if (this.#listen.startsWith('unix:') && ready.address !== this.#listen) {
      return {
        kind: 'malformed',
        message: `it listens at ${ready.address} instead of ${this.#listen}`,
      };
    }
    return ready;
  }

  #settle(outcome: HandshakeOutcome): void {
    this.#isOver = true;
    clearTimeout(this.#silence);
    clearTimeout(this.#total);
    this.#resolve(outcome);
  }
}

function skewMessage(version: number): string {
  const [lowest, highest] = protocolVersions;
  const ours = lowest === highest ? `version ${lowest}` : `versions ${lowest} to ${highest}`;
  const older = version > highest ? 'Capstan' : "the capability's worker SDK";
  return `the host speaks protocol ${ours} and this worker version ${version}; update ${older}`;
}
