import { DatabaseSync } from 'node:sqlite';

type Exec = (this: DatabaseSync, sql: string) => void;

/** Changes what a host tells SQLite to do, in one word, so that all else of it is the real thing. */
export function rewriteSql(change: (sql: string) => string): void {
  interceptSql((sql, run) => run(change(sql)));
}

export function interceptSql(
  intercept: (sql: string, run: (sql: string) => void, db: DatabaseSync) => void,
): void {
  const exec = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'exec')?.value as Exec;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
    intercept(sql, (changed) => exec.call(this, changed), this);
  };
}
