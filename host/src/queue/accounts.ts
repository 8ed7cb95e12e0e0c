import type { JsonObject } from '@capstan/protocol';
import { defaults } from '../defaults.ts';
import {
  accountTypes,
  type EventOrigin,
  type EventText,
  type JobRow,
  type StateStore,
} from '../stores/index.ts';

/** What a row about a call has of its job. */
export type AccountOwner = Pick<
  JobRow,
  'jobId' | 'runId' | 'nodeId' | 'capability' | 'instance' | 'action' | 'task' | 'method' | 'actor'
>;

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
  #batch: EventText[] = [];
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
    const json = JSON.stringify(payload);
    const characters = type.length + json.length;
    const isTyped = accountTypes.has(type) && !('$stored' in payload);
    this.#batch.push(
      isTyped
        ? { eventType: type, json }
        : {
            eventType: 'task_account',
            json: `{"type":${JSON.stringify(type)},"payload":${json}}`,
          },
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
    const accounts = this.#batch;
    if (accounts.length === 0) return;
    const characters = this.#batchCharacters;
    this.#batch = [];
    this.#batchCharacters = 0;
    void this.#write(accounts, characters);
  }

  async #write(accounts: EventText[], characters: number): Promise<void> {
    this.#underWay += 1;
    try {
      await this.#store.appendAccounts(this.#origin(), accounts);
    } catch {
      const payload = { count: accounts.length, bytes: characters };
      const dropped = { ...this.#origin(), workerReported: false, payload };
      await this.#store
        .append([{ ...dropped, eventType: 'task_accounts_dropped' }])
        .catch(() => {});
    }
    this.#underWay -= 1;
    this.#unwritten.count -= accounts.length;
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

  #origin(): EventOrigin {
    return { workerReported: true, ...this.#owner, session: this.session };
  }
}
