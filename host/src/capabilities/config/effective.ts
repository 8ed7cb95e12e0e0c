import { type JsonObject, type JsonSchema, withDefaults } from '@capstan/protocol';
import { canonicalHash } from '../python-json.ts';
import { UnusableSchema } from './bounded.ts';
import { validatorOf } from './compile.ts';

/** Where the value of a setting comes from. */
export type ConfigSource = 'default' | 'capstan.yaml' | 'set';

export interface EffectiveConfig {
  values: JsonObject;
  sources: { [key: string]: ConfigSource };
}

/**
 * What an instance is configured with: the schema's defaults, over them what `capstan.yaml` says (of the
 * capability, then of the instance), over them what was set at run time. What was set as a whole, be it `{}`,
 * stands on the defaults alone. A later value replaces an earlier one entirely, nested or not.
 */
export function effectiveConfig({
  schema,
  declared,
  record,
}: {
  schema: JsonSchema | undefined;
  declared: readonly JsonObject[];
  record: { config: JsonObject | null; whole: boolean } | null;
}): EffectiveConfig {
  const set = record?.config ?? {};
  const isWhole = record !== null && record.config !== null && record.whole;
  const written: JsonObject = isWhole ? {} : Object.assign({}, ...declared);
  const values = completed({ ...written, ...set }, schema);
  const sources = Object.fromEntries(
    Object.keys(values).map((key) => [key, sourceOf(key, written, set)]),
  );
  return { values, sources };
}

/** With a schema that cannot be used there are no defaults; `checkConfig` says what is wrong with it. */
function completed(values: JsonObject, schema: JsonSchema | undefined): JsonObject {
  if (schema === undefined || Object.keys(schema).length === 0) return values;
  try {
    return validatorOf(schema).bounded(() => withDefaults(values, schema));
  } catch (error) {
    if (error instanceof UnusableSchema) return values;
    throw error;
  }
}

function sourceOf(key: string, written: JsonObject, set: JsonObject): ConfigSource {
  if (Object.hasOwn(set, key)) return 'set';
  return Object.hasOwn(written, key) ? 'capstan.yaml' : 'default';
}

/** The hash under which what was done with these settings is remembered. Nothing live is part of it. */
export const configHash = (values: JsonObject): string => canonicalHash(values);
