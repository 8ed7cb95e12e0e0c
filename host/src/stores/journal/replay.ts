import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JsonObject } from '@capstan/protocol';
import { messageOf } from '../../errors.ts';
import { openTemporary } from '../file/open.ts';
import {
  countRows,
  differenceIn,
  projectedTables,
  type Suspect,
  suspectRows,
} from '../project/compare.ts';
import { project } from '../project/project.ts';
import type { Sqlite } from '../sqlite.ts';
import type { Findings } from './findings.ts';
import type { Page } from './read-rows.ts';

/** So many rows that changed during the comparison are looked at again; beyond that, all are. */
const mostSuspects = 50_000;

/** Plays a journal into empty tables, which lie on disk as soon as they are large. */
export class Replay {
  readonly tables: Sqlite = openTemporary();
  /** Where large values are looked up. */
  readonly #values: Sqlite;
  readonly #findings: Findings;

  constructor(values: Sqlite, findings: Findings) {
    this.#values = values;
    this.#findings = findings;
  }

  play({ rows }: Page): void {
    this.tables.transaction(() => {
      for (const raw of rows) {
        try {
          const payload = JSON.parse(raw.payload) as JsonObject;
          project(this.tables, { raw, payload }, this.#values);
        } catch (error) {
          const { seq, event_type: type } = raw;
          const message = `journal row ${seq} (${type}) cannot be replayed: ${messageOf(error)}`;
          this.#findings.add({ kind: 'replay', seq, message });
        }
      }
    });
  }

  /** Rows that differ from those of a database which may be written to meanwhile. */
  async suspects(found: Sqlite, signal?: AbortSignal): Promise<Suspect[]> {
    const suspects: Suspect[] = [];
    for (const some of suspectRows(found, this.tables)) {
      if (suspects.length < mostSuspects) suspects.push(...some);
      signal?.throwIfAborted();
      // oxlint-disable-next-line no-await-in-loop -- the point is to let others have their turn
      await nextTurn();
    }
    return suspects;
  }

  /** Looks again, in a database that stands still and whose journal was played to its end. */
  settle(found: Sqlite, suspects: Suspect[]): void {
    const again =
      suspects.length < mostSuspects ? suspects : [...suspectRows(found, this.tables)].flat();
    for (const suspect of again) {
      if (this.#findings.isFull) return;
      const difference = differenceIn(found, this.tables, suspect);
      if (difference !== null) this.#findings.add({ kind: 'table', ...difference });
    }
  }

  counts(): { [table: string]: number } {
    return Object.fromEntries(
      projectedTables.map((table) => [table, countRows(this.tables, table)]),
    );
  }

  close(): void {
    this.tables.close();
  }
}
