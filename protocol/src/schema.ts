import type { Json, JsonObject, JsonSchema } from './messages.ts';

/** How a JSON Schema says "a file": the schema of that name is `schemas/file.json`. */
export const fileRef = 'capstan:file';

/** Keywords whose value is one schema, a list of schemas, or a table of them. Elsewhere `type: file` is data. */
const keywords: { readonly [keyword: string]: 'schema' | 'list' | 'table' } = {
  items: 'schema',
  contains: 'schema',
  additionalProperties: 'schema',
  unevaluatedItems: 'schema',
  unevaluatedProperties: 'schema',
  propertyNames: 'schema',
  not: 'schema',
  if: 'schema',
  then: 'schema',
  else: 'schema',
  prefixItems: 'list',
  allOf: 'list',
  anyOf: 'list',
  oneOf: 'list',
  properties: 'table',
  patternProperties: 'table',
  dependentSchemas: 'table',
  $defs: 'table',
};

/** Rewrites the shorthand `{type: file}` to `{"$ref": "capstan:file"}`, at any depth of a schema. */
export function expandFiles(schema: JsonSchema): JsonSchema {
  const expanded: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'type' && value === 'file') expanded['$ref'] = fileRef;
    else expanded[key] = expandMember(keywords[key], value);
  }
  return expanded;
}

function expandMember(kind: 'schema' | 'list' | 'table' | undefined, value: Json): Json {
  if (kind === 'list' && Array.isArray(value)) return value.map(expandSchema);
  if (kind === 'table' && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, expandSchema(item)]),
    );
  }
  return kind === 'schema' ? expandSchema(value) : value;
}

const expandSchema = (value: Json): Json => (isObject(value) ? expandFiles(value) : value);

/** Whether a property's schema asks for a file. */
export const isFileSchema = (schema: Json | undefined): boolean =>
  isObject(schema) && schema['$ref'] === fileRef;

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
