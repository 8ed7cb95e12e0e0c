import { expandFiles, type Json, type JsonObject, type JsonSchema } from '@capstan/protocol';
import type { InputFile } from './files.ts';

export type DeclaredType =
  | 'string'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'array'
  | 'object'
  | 'file';

/** One value an author declares: an input of an action, or a key of the configuration. */
export interface Declared {
  type?: DeclaredType | readonly (DeclaredType | 'null')[];
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
  /** The members of an object, and no others. */
  properties?: DeclaredTable;
}
export interface DeclaredTable {
  [name: string]: Declared;
}

/** The value that a declaration describes. */
export type TypeOf<D> = D extends { enum: readonly (infer Member)[] }
  ? Member
  : D extends { type: infer T }
    ? T extends readonly (infer One)[]
      ? OfType<One, D>
      : OfType<T, D>
    : Json;

type OfType<T, D> = T extends 'string'
  ? string
  : T extends 'number' | 'integer'
    ? number
    : T extends 'boolean'
      ? boolean
      : T extends 'null'
        ? null
        : T extends 'file'
          ? InputFile
          : T extends 'array'
            ? D extends { items: infer Item }
              ? TypeOf<Item>[]
              : Json[]
            : D extends { properties: infer Members }
              ? Values<Members>
              : JsonObject;

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
    const { optional, properties: members, ...schema } = declared;
    properties[name] = {
      ...expandFiles(schema as unknown as JsonObject),
      ...(members === undefined ? {} : schemaOf(members)),
    };
    if (optional !== true && declared.default === undefined) required.push(name);
  }
  return {
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}
