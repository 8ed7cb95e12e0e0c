import type { JsonObject } from '@capstan/protocol';
import { defaults } from '../defaults.ts';
import type { EventSpec, JobRow, StateStore } from '../stores/index.ts';

/** What a row about a call has of its job. */
export type AccountOwner = Pick<
  JobRow,
  'jobId' | 'runId' | 'nodeId' | 'capability' | 'instance' | 'action' | 'task' | 'method' | 'actor'
>;

/**
 * Accounts that every SDK makes in the same words; all others are a tool's own, and say of which type. (One
 * member of a payload is ours; a tool that has it as well does not speak the words of an SDK.)
 */
const typed: ReadonlySet<string> = new Set(['task_account', 'result_saved', 'cache_hit']);

/**
 * What a tool accounts for during one call, on its way to the journal: any number of them, in their order,
 * before the end of the job. Those that come together are written together. The call does not wait for the
 * disk, but when too many are on their way nothing more is read from the worker until there is room, and so
 * a tool that accounts for more than the disk can take fills nobody's memory.
 */
export class Accounts {
  session: string | null = null;
  readonly #owner: AccountOwner;
  readonly #store: StateStore;
  #batch: EventSpec[] = [];
  #batchCharacters = 0;
  /** Batches that the store has not answered. */
  #underWay = 0;
  #timer: NodeJS.Timeout | undefined;
  #unwritten = { count: 0, characters: 0 };
  #room: PromiseWithResolvers<void> | null = null;

  constructor(owner: AccountOwner, store: StateStore) {
    this.#owner = owner;
    this.#store = store;
  }

  /** A promise says that there are too many: whoever adds another before it resolves takes memory. */
  add(type: string, payload: JsonObject): void | Promise<void> {
    const characters = type.length + JSON.stringify(payload).length;
    const isTyped = typed.has(type) && !('$stored' in payload);
    this.#batch.push(
      isTyped ? this.#event(type, payload) : this.#event('task_account', { type, payload }),
    );
    this.#batchCharacters += characters;
    this.#unwritten.count += 1;
    this.#unwritten.characters += characters;
    this.#writeSoon();
    if (this.#hasRoom(1)) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /**
   * The more are written together the less each costs, but the disk is not to stand idle either: while a batch is
   * on its way the next one gathers.
   */
  #writeSoon(): void {
    const isFull = this.#batch.length >= defaults.accountsPerBatch;
    if (isFull && this.#underWay === 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), defaults.unhurriedWriteMs);
  }

  /** Hands on what has come: whatever is asked of the store afterwards is done after it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#batch;
    if (events.length === 0) return;
    const characters = this.#batchCharacters;
    this.#batch = [];
    this.#batchCharacters = 0;
    void this.#write(events, characters);
  }

  async #write(events: EventSpec[], characters: number): Promise<void> {
    this.#underWay += 1;
    try {
      await this.#store.append(events);
    } catch {
      const row = this.#event('task_accounts_dropped', { count: events.length, bytes: characters });
      await this.#store.append([{ ...row, workerReported: false }]).catch(() => {});
    }
    this.#underWay -= 1;
    this.#unwritten.count -= events.length;
    this.#unwritten.characters -= characters;
    if (this.#batch.length > 0) this.#writeSoon();
    if (this.#room === null || !this.#hasRoom(0.5)) return;
    this.#room.resolve();
    this.#room = null;
  }

  #hasRoom(part: number): boolean {
    const { count, characters } = this.#unwritten;
    return (
      count < defaults.accountsWaitingMost * part &&
      characters < defaults.accountCharactersWaitingMost * part
    );
  }

  #event(eventType: string, payload: JsonObject): EventSpec {
    return {
      eventType,
      workerReported: true,
      ...this.#owner,
      session: this.session,
      payload,
    };
  }
}
