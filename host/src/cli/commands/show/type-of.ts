import type { Json, JsonSchema } from '../../runtime.ts';

/** A JSON Schema in a few words: `string`, `file`, `integer[]`, `"fast" | "good"`, `object`. */
export function typeOf(schema: JsonSchema): string {
  const { $ref, const: constant, enum: choices, type, items } = schema;
  if ($ref === 'capstan:file') return 'file';
  if (constant !== undefined) return JSON.stringify(constant);
  if (Array.isArray(choices)) return choices.map((choice) => JSON.stringify(choice)).join(' | ');
  const alternatives = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(alternatives))
    return alternatives.map((one) => typeOf(asSchema(one))).join(' | ');
  if (type === 'array')
    return items === undefined ? 'array' : `${grouped(typeOf(asSchema(items)))}[]`;
  if (Array.isArray(type)) return type.join(' | ');
  return typeof type === 'string' ? type : 'any';
}

const grouped = (type: string): string => (type.includes(' ') ? `(${type})` : type);
const asSchema = (value: Json): JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
