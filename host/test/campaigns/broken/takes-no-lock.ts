import { rewriteSql } from './rewrite-sql.ts';

/** Preloaded into a host: its lock is asked for, and not taken. */
rewriteSql((sql) => sql.replace('BEGIN EXCLUSIVE', ''));
