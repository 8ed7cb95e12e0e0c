import type { Json, JsonObject } from '@capstan/protocol';
import { isoFromMs } from '../../clock.ts';
import type { JournalEnd } from '../journal/append.ts';
import { eventOf, eventTextOf } from '../journal/event.ts';
import { project } from '../project/project.ts';
import type { Binder, EventOrigin, EventSpec, EventText } from '../specs.ts';
import type { Sqlite } from '../sqlite.ts';
import type { Emitted } from './messages.ts';
import type { Plans } from './plans.ts';

/** What lives as long as the writer's connection. */
export interface WriterState {
  db: Sqlite;
  journal: JournalEnd;
  plans: Plans;
  bind: Binder['bind'];
}

/** One request's view of the open transaction: it reads, and it emits events. */
export class Transaction {
  readonly db: Sqlite;
  readonly plans: Plans;
  readonly bind: Binder['bind'];
  readonly nowMs: number;
  readonly #journal: JournalEnd;
  readonly #ts: string;
  readonly emitted: Emitted[] = [];

  constructor(state: WriterState, nowMs: number) {
    this.db = state.db;
    this.plans = state.plans;
    this.bind = state.bind;
    this.nowMs = nowMs;
    this.#journal = state.journal;
    this.#ts = isoFromMs(nowMs);
  }

  get ts(): string {
    return this.#ts;
  }

  /** Appends a row to the journal and lets it change the tables. */
  emit(event: EventSpec): void {
    const appended = this.#journal.append(event, this.#ts);
    project(this.db, appended);
    const { run_id: runId, node_id: nodeId } = appended.raw;
    if (runId !== null && nodeId !== null) this.plans.nodeChanged(runId, nodeId);
    this.emitted.push(eventOf(appended.raw, appended.payload));
  }

  /** Appends rows that change no table. */
  report(events: readonly EventSpec[]): void {
    for (const { raw, payload } of this.#journal.appendAll(events, this.#ts)) {
      this.emitted.push(eventOf(raw, payload));
    }
  }

  /** The same for many about one thing, whose payloads are text: they stay text on their way to subscribers. */
  reportTexts(about: EventOrigin, told: readonly EventText[]): void {
    const rows = this.#journal.appendTexts(about, told, this.#ts);
    this.emitted.push(`[${rows.map(eventTextOf).join(',')}]`);
  }
}

export const asPayload = (value: { [member: string]: Json | undefined }): JsonObject => {
  const payload: JsonObject = {};
  for (const [member, part] of Object.entries(value)) {
    if (part !== undefined && part !== null) payload[member] = part;
  }
  return payload;
};
