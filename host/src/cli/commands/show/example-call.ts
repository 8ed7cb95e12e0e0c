import type { Json, JsonSchema } from '../../runtime.ts';
import { shellWord } from '../../terminal/shell.ts';

/** A command line that calls an action, with a plausible value for each input it requires. */
export function exampleCall(call: string, input: JsonSchema): string {
  const properties = (input['properties'] ?? {}) as { [name: string]: JsonSchema };
  const required = (input['required'] ?? []) as string[];
  const inputs = required.map((name) => `--input ${assignment(name, properties[name] ?? {})}`);
  return ['capstan run', call, ...inputs].join(' ');
}

function assignment(name: string, schema: JsonSchema): string {
  const value = exampleValue(schema, name);
  if (typeof value === 'string') return `${name}=${shellWord(value)}`;
  return `${name}:=${shellWord(JSON.stringify(value))}`;
}

function exampleValue(schema: JsonSchema, name: string): Json {
  const { $ref, type, const: constant, enum: choices, default: usual, minimum } = schema;
  if ($ref === 'capstan:file') return `path/to/${name}`;
  if (constant !== undefined) return constant;
  if (Array.isArray(choices) && choices[0] !== undefined) return choices[0];
  if (usual !== undefined && usual !== null) return usual;
  switch (Array.isArray(type) ? type[0] : type) {
    case 'integer':
    case 'number':
      return typeof minimum === 'number' ? minimum : 1;
    case 'boolean':
      return true;
    case 'array':
      return [];
    case 'object':
      return {};
    default:
      return name.toUpperCase();
  }
}
