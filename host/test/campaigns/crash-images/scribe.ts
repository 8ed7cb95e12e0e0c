import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject, WireError } from '@capstan/protocol';
import { bind } from '../../../src/compositions/bind.ts';
import { openForReading } from '../../../src/stores/file/open.ts';
import type { JobSpec, NodeSpec } from '../../../src/stores/index.ts';
import type { Sqlite } from '../../../src/stores/sqlite.ts';
import type { Arguments, OperationName } from '../../../src/stores/writer/operations/index.ts';
import { Writer } from '../../../src/stores/writer/writer.ts';
import { Random } from '../random.ts';

/** What the files hold after a commit, and how far the journal had come. */
export interface Committed {
  /** The whole database as SQLite would read it, in one piece. */
  image: Uint8Array;
  seq: number;
  hash: string;
  jobs: number;
}

/** The files as they lie on the disk: a write-ahead log is cut to see what a crash would have left. */
export interface OnDisk {
  db: Uint8Array;
  wal: Uint8Array;
}

const startMs = Date.UTC(2026, 0, 1);

/** Makes history: one writer, and whatever can be asked of it, in an order that follows from the seed. */
export class Scribe {
  readonly stateDb: string;
  readonly #writer: Writer;
  readonly #reader: Sqlite;
  readonly #random: Random;
  #nowMs = startMs;
  #requests = 0;

  constructor(folder: string, seed: number) {
    mkdirSync(folder, { recursive: true });
    this.stateDb = join(folder, 'state.db');
    writeFileSync(this.stateDb, emptyState(folder));
    this.#random = new Random(seed);
    this.#writer = openWriter(this.stateDb);
    this.#reader = openForReading(this.stateDb);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** One commit, of one request or of several that arrive together. */
  commit(): Committed {
    const together = this.#random.chance(0.2) ? 2 + this.#random.below(3) : 1;
    this.#nowMs += 1 + this.#random.below(500);
    const requests = Array.from({ length: together }, () => this.#request());
    const answer = this.#writer.perform(requests);
    if (answer.kind !== 'committed') throw new Error(`not committed: ${JSON.stringify(answer)}`);
    for (const one of answer.answers) {
      // Refusals are part of history; bugs are not.
      if ('error' in one && one.error.code === 'INTERNAL') throw new Error(one.error.message);
    }
    return this.#committed();
  }

  onDisk(): OnDisk {
    const wal = `${this.stateDb}-wal`;
    return {
      db: readFileSync(this.stateDb),
      wal: existsSync(wal) ? readFileSync(wal) : new Uint8Array(),
    };
  }

  close(): void {
    this.#reader.close();
    this.#writer.close();
  }

  #committed(): Committed {
    const head = this.#reader.one<{ seq: number; hash: string }>(
      'SELECT seq, hash FROM journal_head',
    );
    const jobs = this.#reader.one<{ n: number }>('SELECT count(*) AS n FROM jobs');
    const image = this.#reader.raw.serialize();
    // An image in memory has no write-ahead log; these two bytes say that the file was used with one.
    image[18] = 1;
    image[19] = 1;
    return { image, seq: head?.seq ?? 0, hash: head?.hash ?? '', jobs: jobs?.n ?? 0 };
  }

  #request() {
    const [operation, args] = this.#wish();
    return { id: ++this.#requests, operation, args: { ...args, nowMs: this.#nowMs } };
  }

  #wish(): [OperationName, object] {
    const random = this.#random;
    const what = random.next();
    if (what < 0.2) return wish('submitJobs', { specs: [jobSpec(random, this.#requests)] });
    if (what < 0.32) return wish('submitRun', { spec: runSpec(random, this.#requests) });
    if (what < 0.55) return this.#start();
    if (what < 0.8) return this.#finish();
    return this.#disturb();
  }

  #start(): [OperationName, object] {
    const jobId = this.#job('pending');
    return wish('startAttempt', { jobId, callId: `call_${this.#requests}` });
  }

  #finish(): [OperationName, object] {
    const jobId = this.#job('running');
    const found = this.#reader.one<{ attempt: number }>(
      'SELECT attempt FROM jobs WHERE job_id = ?',
      jobId,
    );
    const attempt = found?.attempt ?? 1;
    if (this.#random.chance(0.25)) {
      return wish('finishAttempt', { jobId, attempt, outcome: { kind: 'failed', error: broke } });
    }
    const result = { said: 'done', n: this.#requests };
    return wish('finishAttempt', {
      jobId,
      attempt,
      outcome: { kind: 'completed', result, artifacts: [] },
    });
  }

  #disturb(): [OperationName, object] {
    const random = this.#random;
    const jobId = this.#job(random.pick(['pending', 'running', 'needs_decision']));
    switch (random.below(9)) {
      case 0:
        return wish('cancelJob', { jobId, reason: 'enough' });
      case 1:
        return wish('cancelRun', { runId: this.#run(), reason: 'enough' });
      case 2:
        return wish('reorderJob', {
          jobId,
          place: random.pick([{ to: 'first' }, { priority: 7 }]),
        });
      case 3:
        return wish('noteWaiting', { notes: [{ jobId, reason: 'for a slot' }] });
      case 4: {
        const enabled = random.chance(0.7);
        return wish('setInstanceEnabled', {
          instance: `tool-${random.below(3)}`,
          capability: 'tool',
          enabled,
          actor: 'me',
        });
      }
      case 5:
        return wish('noteCancelPhase', { jobId: this.#job('running'), phase: 'force' });
      case 6:
        return wish('expireJobs', {});
      case 7:
        return wish('recover', {});
      default:
        return wish('decideJob', {
          jobId: this.#job('needs_decision'),
          decision: random.pick(['rerun', 'fail']),
          actor: 'me',
        });
    }
  }

  /** A job in that state, or one that is not there at all. */
  #job(state: string): string {
    const rows = this.#reader.all<{ job_id: string }>(
      'SELECT job_id FROM jobs WHERE state = ?',
      state,
    );
    return rows.length === 0 ? 'job_unknown' : this.#random.pick(rows).job_id;
  }

  #run(): string {
    const rows = this.#reader.all<{ run_id: string }>('SELECT run_id FROM runs');
    return rows.length === 0 ? 'run_unknown' : this.#random.pick(rows).run_id;
  }
}

let empty: Uint8Array | undefined;

/** Made by the writer itself, but once: a history is short, and making a file is long. */
function emptyState(folder: string): Uint8Array {
  if (empty !== undefined) return empty;
  const path = join(folder, 'empty.db');
  openWriter(path).close();
  empty = readFileSync(path);
  return empty;
}

export function openWriter(stateDb: string): Writer {
  return new Writer({ stateDb, binder: null, allowNetworkFilesystem: true, reserveBytes: 0 }, bind);
}

const wish = <Name extends OperationName>(
  operation: Name,
  args: Omit<Arguments<Name>, 'nowMs'>,
): [OperationName, object] => [operation, args];

const broke: WireError = {
  category: 'transient',
  code: 'TOOL_BROKE',
  message: 'it may work next time',
  retriable: true,
  occurredAt: '2026-01-01T00:00:00.000Z',
};

function jobSpec(random: Random, n: number): JobSpec {
  const input: JsonObject = { n };
  if (random.chance(0.03)) input['text'] = 'x'.repeat(17_000);
  return {
    capability: `tool-${random.below(3)}`,
    action: 'do',
    input,
    effects: random.pick(['pure', 'idempotent', 'unsafe']),
    priority: random.below(3),
    ...(random.chance(0.3) ? { idempotencyKey: `key-${random.below(5)}` } : {}),
    ...(random.chance(0.2) ? { withinMs: 1_000 + random.below(5_000) } : {}),
    ...(random.chance(0.2) ? { delayMs: random.below(3_000) } : {}),
    ...(random.chance(0.3) ? { retry: { attempts: 3, backoffMs: 100 } } : {}),
  };
}

function runSpec(random: Random, n: number) {
  const isChain = random.chance(0.5);
  const nodes: NodeSpec[] = ['a', 'b', 'c'].map((nodeId, at) => {
    const { idempotencyKey: _, ...spec } = jobSpec(random, n);
    const needs = at === 0 ? [] : [isChain ? 'ab'.charAt(at - 1) : 'a'];
    return { ...spec, nodeId, needs };
  });
  return {
    runId: `run_${n}`,
    name: 'notes',
    definition: { n },
    definitionHash: `d${random.below(3)}`,
    inputs: {},
    inputsHash: 'i',
    nodes,
    outputs: {},
    failFast: random.chance(0.5),
    resume: random.chance(0.5),
  };
}
