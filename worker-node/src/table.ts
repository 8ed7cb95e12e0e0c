import { expandFiles, type Json, type JsonObject, type JsonSchema } from '@capstan/protocol';
import type { InputFile } from './files.ts';

/** One value an author declares: an input of an action, or a key of the configuration. */
export interface Declared {
  type?: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object' | 'file';
  title?: string;
  description?: string;
  /** Makes it optional. */
  default?: Json;
  /** May be left out although it has no default. */
  optional?: boolean;
  enum?: readonly Json[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  items?: Declared;
}
export interface DeclaredTable {
  [name: string]: Declared;
}

type TypeOf<D> = D extends { enum: readonly (infer Member)[] }
  ? Member
  : D extends { type: infer T }
    ? T extends 'string'
      ? string
      : T extends 'number' | 'integer'
        ? number
        : T extends 'boolean'
          ? boolean
          : T extends 'file'
            ? InputFile
            : T extends 'array'
              ? D extends { items: infer Item }
                ? TypeOf<Item>[]
                : Json[]
              : JsonObject
    : Json;

/** The values a table describes, as code receives them: defaults filled in, files as objects. */
export type Values<Table> = {
  -readonly [Name in keyof Table]: Table[Name] extends { optional: true }
    ? TypeOf<Table[Name]> | undefined
    : TypeOf<Table[Name]>;
};

/** The JSON Schema of an object with these members and no others. */
export function schemaOf(table: DeclaredTable): JsonSchema {
  const properties: JsonObject = {};
  const required: string[] = [];
  for (const [name, declared] of Object.entries(table)) {
    const { optional, ...schema } = declared;
    properties[name] = expandFiles(schema as unknown as JsonObject);
    if (optional !== true && declared.default === undefined) required.push(name);
  }
  return {
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}
