import { DatabaseSync } from 'node:sqlite';

/** Changes what a host tells SQLite to do, in one word, so that all else of it is the real thing. */
export function rewriteSql(change: (sql: string) => string): void {
  const exec = Reflect.get(DatabaseSync.prototype, 'exec') as (sql: string) => void;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
    exec.call(this, change(sql));
  };
}
