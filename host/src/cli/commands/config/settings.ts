import type { Json, JsonObject, JsonSchema } from '../../runtime.ts';

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The settings that a schema declares at its top, with what it says of each. */
export function settingsOf(schema: JsonSchema | null): { [name: string]: JsonSchema } {
  const properties = schema?.['properties'];
  if (!isObject(properties)) return {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, one]) => [name, isObject(one) ? one : {}]),
  );
}

/** A value in a table: text as it is where that is plain, anything else as JSON. */
export function shown(value: Json | undefined): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? '';
  const isOther = /^(true|false|null)$/.test(value) || !Number.isNaN(Number(value));
  const isPlain = /^[^\s"]+(?: [^\s"]+)*$/.test(value) && !isOther;
  return isPlain ? value : JSON.stringify(value);
}
