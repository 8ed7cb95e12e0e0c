import { interceptSql } from './rewrite-sql.ts';

/** Preloaded into a host: a commit that fails is taken for one that has not. */
interceptSql((sql, run, db) => {
  if (sql !== 'COMMIT') return run(sql);
  try {
    run(sql);
  } catch {
    if (db.isTransaction) run('ROLLBACK');
  }
});
