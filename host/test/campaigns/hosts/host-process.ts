import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { guardsOf, killAll } from '../judge/orphans.ts';
import type { Ledger } from '../judge/ledger.ts';
import type { Orders, Word } from './orders.ts';

export type HostKind = 'queue-host' | 'real-host';
/** A file of this folder, or one that is found from it. */
type Program = HostKind | `../${string}`;

/** When a host is to die: so long after a word it says, or with the n-th acknowledgement. */
export type Death = { after: 'opening' | 'ready'; ms: number } | { acknowledgements: number };

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether we killed it. */
  wasKilled: boolean;
  stderr: string;
  /** From its start to the first execution, where there was one. */
  firstDispatchMs: number | null;
  readyMs: number | null;
  acknowledged: number;
  refused: string[];
  isFinished: boolean;
}

/** A host in a process of its own, whose words are entered in the ledger as they are heard. */
export class HostProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #heard: Ended = {
    code: null,
    signal: null,
    wasKilled: false,
    stderr: '',
    firstDispatchMs: null,
    readyMs: null,
    acknowledged: 0,
    refused: [],
    isFinished: false,
  };
  readonly #ledger: Ledger;
  readonly #death: Death | null;
  readonly #withGuard: boolean;
  onWord: (word: Word) => void = () => {};

  constructor(
    kind: Program,
    orders: Orders,
    ledger: Ledger,
    more: {
      death?: Death;
      withGuard?: boolean;
      env?: { [name: string]: string };
      preload?: string;
    } = {},
  ) {
    this.#ledger = ledger;
    this.#death = more.death ?? null;
    this.#withGuard = more.withGuard ?? false;
    const program = join(import.meta.dirname, `${kind}.ts`);
    const imports = more.preload === undefined ? [] : ['--import', more.preload];
    this.child = spawn(process.execPath, [...imports, program, JSON.stringify(orders)], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...more.env },
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.#heard.stderr = (this.#heard.stderr + chunk.toString()).slice(-4_000);
    });
    this.ended = this.#follow(this.child);
  }

  /** As an out-of-memory killer would, or, with its guard, as an angry user would. */
  kill(): void {
    this.#heard.wasKilled = true;
    if (this.#withGuard) for (const pid of guardsOf(this.child.pid ?? 0)) killAll([pid]);
    this.child.kill('SIGKILL');
  }

  async #follow(child: ChildProcess): Promise<Ended> {
    const closed = once(child, 'close');
    if (child.stdout !== null) {
      for await (const line of createInterface(child.stdout)) this.#hear(line);
    }
    [this.#heard.code, this.#heard.signal] = (await closed) as [
      number | null,
      NodeJS.Signals | null,
    ];
    return this.#heard;
  }

  #hear(line: string): void {
    // A host that is killed may leave half a line, and what is half said is not said.
    if (!line.endsWith(']')) return;
    const word = JSON.parse(line) as Word;
    const heard = this.#heard;
    switch (word[0]) {
      case 'opening':
        this.#dieAfter('opening');
        break;
      case 'ready':
        heard.readyMs = word[1];
        this.#dieAfter('ready');
        break;
      case 'first':
        heard.firstDispatchMs = word[1];
        break;
      case 'try':
        this.#ledger.sent(word[1]);
        break;
      case 'ack':
        this.#ledger.accepted(word[1], word[2]);
        heard.acknowledged += 1;
        if (this.#death !== null && 'acknowledgements' in this.#death) {
          if (heard.acknowledged === this.#death.acknowledgements) this.kill();
        }
        break;
      case 'rerun':
        this.#ledger.askedToRerun(word[1]);
        break;
      case 'refused':
        heard.refused.push(word[1]);
        break;
      case 'finished':
        heard.isFinished = true;
        break;
      case 'wedged':
      case 'clear':
      case 'content':
        break;
    }
    this.onWord(word);
  }

  #dieAfter(word: 'opening' | 'ready'): void {
    const death = this.#death;
    if (death === null || !('after' in death) || death.after !== word) return;
    setTimeout(() => this.kill(), death.ms);
  }
}
