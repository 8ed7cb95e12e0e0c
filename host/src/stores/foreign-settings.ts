import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../errors.ts';

/** What the reference system keeps of one instance: its settings, whether it is enabled, its variables. */
export interface ForeignSettings {
  instance: string;
  config: { [key: string]: unknown };
  enabled: boolean;
  env: { [name: string]: unknown };
  /** A row that is damaged is read as empty, as its own program does. */
  problem: string | null;
}

/**
 * Reads a `capability_configs.db`, of either form (the older one calls its key by the capability), without
 * writing to it. Throws when the file is no such database.
 */
export function readForeignSettings(file: string): ForeignSettings[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const columns = database.prepare('PRAGMA table_info(capability_configs)').all();
    const names = columns.map((column) => String(column['name']));
    const key = names.includes('instance_id') ? 'instance_id' : 'capability_name';
    const env = names.includes('worker_env_json') ? 'worker_env_json' : "'{}'";
    const rows = database
      .prepare(
        `SELECT ${key} AS instance, config_json, enabled, ${env} AS env FROM capability_configs ORDER BY 1`,
      )
      .all();
    return rows.map((row) => {
      const config = objectIn(row['config_json']);
      const variables = objectIn(row['env']);
      const damaged = [config, variables].find(({ problem }) => problem !== null);
      return {
        instance: String(row['instance']),
        config: config.value,
        enabled: Number(row['enabled']) !== 0,
        env: variables.value,
        problem: damaged?.problem ?? null,
      };
    });
  } finally {
    database.close();
  }
}

function objectIn(json: unknown): { value: { [key: string]: unknown }; problem: string | null } {
  if (json === null || json === '') return { value: {}, problem: null };
  try {
    const value: unknown = JSON.parse(String(json));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { value: { ...value }, problem: null };
    }
    return { value: {}, problem: 'it is not an object' };
  } catch (error) {
    return { value: {}, problem: messageOf(error) };
  }
}
