import type { JsonObject } from '@capstan/protocol';
import { newId } from '../../ids.ts';
import type { EventOrigin, EventSpec, EventText } from '../specs.ts';
import type { Sqlite } from '../sqlite.ts';
import { chainHash, type RawJournalRow } from './chain.ts';
import { inlineChars, packPayload } from './values.ts';

export interface Head {
  seq: number;
  hash: string;
}

/** A row just written, with its payload as packed. */
export interface Appended {
  raw: RawJournalRow;
  payload: JsonObject;
}

/**
 * The end of the journal, in the hands of its only writer. `head` runs ahead of the file while a
 * transaction is open; whoever rolls back has to `rewind` it.
 */
export class JournalEnd {
  readonly #db: Sqlite;
  #head: Head;

  constructor(db: Sqlite) {
    this.#db = db;
    this.#head = readHead(db);
  }

  get head(): Head {
    return this.#head;
  }

  rewind(to: Head): void {
    this.#head = to;
  }

  append(event: EventSpec, ts: string): Appended {
    const appended = this.#seal(event, ts);
    insertRow(this.#db, appended.raw);
    return appended;
  }

  /** Many at once, a statement for every few of them. */
  appendAll(events: readonly EventSpec[], ts: string): Appended[] {
    const appended = events.map((event) => this.#seal(event, ts));
    this.#insertAll(appended.map(({ raw }) => raw));
    return appended;
  }

  /** The same for payloads that are text already. */
  appendTexts(about: EventOrigin, told: readonly EventText[], ts: string): RawJournalRow[] {
    const rows = told.map(({ eventType, json }) =>
      json.length <= inlineChars
        ? this.#sealText({ ...about, eventType }, json, ts)
        : this.#seal({ ...about, eventType, payload: JSON.parse(json) as JsonObject }, ts).raw,
    );
    this.#insertAll(rows);
    return rows;
  }

  #insertAll(rows: readonly RawJournalRow[]): void {
    let at = 0;
    for (; at + rowsPerInsert <= rows.length; at += rowsPerInsert) {
      const some = rows.slice(at, at + rowsPerInsert);
      this.#db.run(insertMany, ...some.flatMap(cellsOf));
    }
    for (const raw of rows.slice(at)) insertRow(this.#db, raw);
  }

  /** To be called once per transaction, before its commit. */
  writeHead(): void {
    writeHead(this.#db, this.#head);
  }

  #seal(event: EventSpec, ts: string): Appended {
    const packed = packPayload(this.#db, event.payload);
    return { raw: this.#sealText(event, packed.text, ts), payload: packed.payload };
  }

  #sealText(event: Omit<EventSpec, 'payload'>, payload: string, ts: string): RawJournalRow {
    const raw: RawJournalRow = {
      seq: this.#head.seq + 1,
      event_id: newId('evt', Date.parse(ts)),
      ts,
      event_type: event.eventType,
      run_id: event.runId ?? null,
      job_id: event.jobId ?? null,
      composition_id: event.compositionId ?? null,
      node_id: event.nodeId ?? null,
      capability: event.capability ?? null,
      config_hash: event.configHash ?? null,
      task: event.task ?? null,
      method: event.method ?? null,
      action: event.action ?? null,
      session: event.session ?? null,
      actor: event.actor ?? null,
      worker_reported: event.workerReported === true ? 1 : 0,
      payload,
      prev_hash: this.#head.hash,
      hash: '',
      instance: event.instance ?? null,
    };
    raw.hash = chainHash(raw);
    this.#head = { seq: raw.seq, hash: raw.hash };
    return raw;
  }
}

const columns = [
  'seq',
  'event_id',
  'ts',
  'event_type',
  'run_id',
  'job_id',
  'composition_id',
  'node_id',
  'capability',
  'config_hash',
  'task',
  'method',
  'action',
  'session',
  'actor',
  'worker_reported',
  'payload',
  'prev_hash',
  'hash',
  'instance',
] as const satisfies readonly (keyof RawJournalRow)[];

/** In the order of `columns`: written out, because looking each up by its name takes longer than to insert the row. */
const cellsOf = (raw: RawJournalRow) => [
  raw.seq,
  raw.event_id,
  raw.ts,
  raw.event_type,
  raw.run_id,
  raw.job_id,
  raw.composition_id,
  raw.node_id,
  raw.capability,
  raw.config_hash,
  raw.task,
  raw.method,
  raw.action,
  raw.session,
  raw.actor,
  raw.worker_reported,
  raw.payload,
  raw.prev_hash,
  raw.hash,
  raw.instance,
];

const places = `(${columns.map(() => '?').join(', ')})`;
const insert = `INSERT INTO journal (${columns.join(', ')}) VALUES ${places}`;
/** Half of what a row costs is getting to SQLite and back. */
const rowsPerInsert = 32;
const insertMany = `${insert}${`, ${places}`.repeat(rowsPerInsert - 1)}`;

export function insertRow(db: Sqlite, raw: RawJournalRow): void {
  db.run(insert, ...cellsOf(raw));
}

export function writeHead(db: Sqlite, { seq, hash }: Head): void {
  db.run('UPDATE journal_head SET seq = ?, hash = ? WHERE only = 1', seq, hash);
}

export function readHead(db: Sqlite): Head {
  const head = db.one<{ seq: number; hash: string }>('SELECT seq, hash FROM journal_head');
  return head ?? { seq: -1, hash: '' };
}
