import { isJsonObject, type Json, type JsonObject, type JsonSchema } from '@capstan/protocol';

/** What may be added to a setting's schema by the machine it runs on. */
const constraintKeywords = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
]);

/**
 * The schema with what is possible right now laid over it: the live choices of a setting become its `enum`
 * (of its items, where it is a list), their labels stand in `options`, constraints take the place of declared
 * ones. Options of settings that the schema does not have are left out: a live answer adds no setting. The
 * result is for showing and asking; hashes are taken of the schema and the values, never of this.
 */
export function mergeOptions(schema: JsonSchema, options: JsonObject): JsonSchema {
  const properties = schema['properties'];
  if (!isJsonObject(properties)) return schema;
  const merged = Object.entries(properties).map(([key, property]): [string, Json] => {
    const live = Object.hasOwn(options, key) ? options[key] : undefined;
    return [
      key,
      isJsonObject(property) && isJsonObject(live) ? withLive(property, live) : property,
    ];
  });
  return { ...schema, properties: Object.fromEntries(merged) };
}

function withLive(property: JsonObject, live: JsonObject): JsonObject {
  const constraints = isJsonObject(live['constraints']) ? live['constraints'] : {};
  const allowed = Object.entries(constraints).filter(([key]) => constraintKeywords.has(key));
  const choices = (Array.isArray(live['options']) ? live['options'] : []).filter(
    (choice) => isJsonObject(choice) && choice['value'] !== undefined,
  ) as JsonObject[];
  const constrained = { ...property, ...Object.fromEntries(allowed) };
  if (!Array.isArray(live['options'])) return constrained;
  const values = choices.map((choice) => choice['value'] ?? null);
  const types = [property['type']].flat();
  if (types.includes('array')) {
    const items = isJsonObject(property['items']) ? property['items'] : {};
    return { ...constrained, items: { ...items, enum: values }, options: choices };
  }
  const orNull = types.includes('null') && !values.includes(null) ? [null] : [];
  return { ...constrained, enum: [...values, ...orNull], options: choices };
}
