import { rewriteSql } from './rewrite-sql.ts';

/** Preloaded into a host: nothing is synced, as if a commit were as good as a disk. */
rewriteSql((sql) => sql.replaceAll(/synchronous\s*=\s*(FULL|EXTRA)/gi, 'synchronous = OFF'));
