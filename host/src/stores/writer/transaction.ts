import type { Json, JsonObject } from '@capstan/protocol';
import { isoFromMs } from '../../clock.ts';
import type { JournalEnd } from '../journal/append.ts';
import { eventTextOf } from '../journal/event.ts';
import { project } from '../project/project.ts';
import type { JobRow } from '../rows.ts';
import type { Binder, EventOrigin, EventSpec, EventText } from '../specs.ts';
import type { Sqlite } from '../sqlite.ts';
import type { AcceptedJob } from './messages.ts';
import type { Plans } from './plans.ts';

/** What lives as long as the writer's connection. */
export interface WriterState {
  db: Sqlite;
  journal: JournalEnd;
  plans: Plans;
  bind: Binder['bind'];
}

/** More than can begin at once are read when their turn comes. */
const mostAccepted = 64;

/** One request's view of the open transaction: it reads, and it emits events. */
export class Transaction {
  readonly db: Sqlite;
  readonly plans: Plans;
  readonly bind: Binder['bind'];
  readonly nowMs: number;
  readonly #journal: JournalEnd;
  readonly #ts: string;
  /** The JSON of what subscribers will hear: the payload is text already, and goes faster between threads as such. */
  readonly emitted: string[] = [];
  /** Jobs made here, as a reader will find them: the first of them begin at once, and need not be read for that. */
  readonly accepted: AcceptedJob[] = [];

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

  /** Appends a row to the journal and lets it change the tables. Answers with its payload as it was packed. */
  emit(event: EventSpec): JsonObject {
    const appended = this.#journal.append(event, this.#ts);
    project(this.db, appended);
    const { run_id: runId, node_id: nodeId } = appended.raw;
    if (runId !== null && nodeId !== null) this.plans.nodeChanged(runId, nodeId);
    this.emitted.push(eventTextOf(appended.raw));
    return appended.payload;
  }

  accept(job: JobRow): void {
    if (this.accepted.length >= mostAccepted) return;
    this.accepted.push({ jobId: job.jobId, json: JSON.stringify(job) });
  }

  /** Appends rows that change no table. */
  report(events: readonly EventSpec[]): void {
    for (const { raw } of this.#journal.appendAll(events, this.#ts)) {
      this.emitted.push(eventTextOf(raw));
    }
  }

  /** The same for many about one thing, whose payloads are text. */
  reportTexts(about: EventOrigin, told: readonly EventText[]): void {
    const rows = this.#journal.appendTexts(about, told, this.#ts);
    for (const raw of rows) this.emitted.push(eventTextOf(raw));
  }
}

export const asPayload = (value: { [member: string]: Json | undefined }): JsonObject => {
  const payload: JsonObject = {};
  for (const member of Object.keys(value)) {
    const part = value[member];
    if (part !== undefined && part !== null) payload[member] = part;
  }
  return payload;
};
