import type { Json, JsonObject } from '@capstan/protocol';
import { messageOf } from '../../errors.ts';
import { valueOf } from '../journal/values.ts';
import type { InstanceRow } from '../rows.ts';
import type { Sqlite } from '../sqlite.ts';

export interface StoredInstance {
  instance_id: string;
  capability: string | null;
  enabled: number;
  config: string | null;
  config_whole: number;
  env: string | null;
  changed_at: string;
}

/**
 * What cannot be read of a row is taken for empty, and the row says so: a damaged configuration must not
 * keep an instance from being set up anew.
 */
export function instanceRow(db: Sqlite, stored: StoredInstance): InstanceRow {
  const problems: string[] = [];
  const readObject = (what: string, column: string | null): JsonObject | null => {
    try {
      const value = valueOf(db, column);
      if (value === null || isObject(value)) return value;
      problems.push(`its ${what} is not an object`);
    } catch (error) {
      problems.push(`its ${what} cannot be read: ${messageOf(error)}`);
    }
    return null;
  };
  const config = readObject('configuration', stored.config);
  const env = readObject('environment', stored.env);
  const texts = Object.entries(env ?? {}).filter(([, value]) => typeof value === 'string');
  if (texts.length < Object.keys(env ?? {}).length) problems.push('a variable of it is no text');
  return {
    instanceId: stored.instance_id,
    capability: stored.capability,
    enabled: stored.enabled !== 0,
    config,
    configWhole: stored.config_whole === 1 && config !== null,
    env: env === null ? null : (Object.fromEntries(texts) as { [name: string]: string }),
    changedAt: stored.changed_at,
    ...(problems.length === 0 ? {} : { problem: problems.join('; ') }),
  };
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const problemOfInstance = ({ instanceId, problem }: InstanceRow): string =>
  `what was set for \`${instanceId}\` is damaged and taken for empty: ${problem}`;
