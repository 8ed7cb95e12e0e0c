import { isDeepStrictEqual } from 'node:util';
import {
  type Json,
  type JsonObject,
  type JsonSchema,
  isJsonObject,
  partsOf,
  withDefaults,
  withoutUnknown,
} from '@capstan/protocol';
import { type Fault, placeName } from './check.ts';
import { didYouMean } from './did-you-mean.ts';
import { FatalError, InputError } from './errors.ts';
import type { Declared, DeclaredType, TypeOf } from './table.ts';
import { misfits } from './validate.ts';

/** A key of the configuration. Changing one with a `reloadTrigger` first releases what was loaded for it. */
export interface ConfigTable {
  readonly [name: string]: DeclaredSetting;
}
type SettingKind = Exclude<DeclaredType, 'file'>;

export interface DeclaredSetting extends Omit<Declared, 'type' | 'properties' | 'items'> {
  type?: SettingKind | readonly (SettingKind | 'null')[];
  items?: DeclaredSetting;
  /** `model` calls `releaseModel()` before the new configuration is applied. */
  reloadTrigger?: string;
  /** The members of an object. */
  properties?: ConfigTable;
}

/** A JSON Schema of an object, written by hand. `reloadTrigger` beside the keywords of a property works here too. */
export interface ObjectSchema {
  readonly type: 'object';
  readonly properties?: { readonly [name: string]: object };
}

/**
 * An object of a schema library that tells its JSON Schema, such as a zod object (zod 4). The library is the
 * author's: it is known here by this shape only.
 */
export interface StandardConfig {
  readonly '~standard': {
    readonly version: number;
    readonly vendor: string;
    // oxlint-disable-next-line typescript/no-explicit-any -- each library has its own words for results
    readonly validate: (value: unknown, ...more: any[]) => unknown;
    readonly types?: { readonly input: unknown; readonly output: unknown } | undefined;
  };
}

export type ConfigDeclaration = ConfigTable | ObjectSchema | StandardConfig;

/** The configuration that a declaration describes, as code receives it: defaults filled in. */
export type ConfigValues<Declaration> = ConfigDeclaration extends Declaration
  ? JsonObject
  : Declaration extends { readonly '~standard': { readonly types?: infer Types } }
    ? NonNullable<Types> extends { readonly output: infer Output }
      ? Output
      : JsonObject
    : Declaration extends { readonly type: 'object' }
      ? Declaration extends { readonly properties: infer Properties }
        ? SettingsOf<Properties, RequiredIn<Declaration>>
        : JsonObject
      : SettingsOf<Declaration, never>;

type RequiredIn<Schema> = Schema extends { readonly required: readonly (infer Name)[] }
  ? Name
  : never;

type SettingsOf<Table, Required> = {
  -readonly [Name in keyof Table]: Table[Name] extends { readonly default: unknown }
    ? SettingType<Table[Name]>
    : Name extends Required
      ? SettingType<Table[Name]>
      : SettingType<Table[Name]> | undefined;
};

type SettingType<D> = D extends { readonly type: 'object'; readonly properties: infer Properties }
  ? SettingsOf<Properties, RequiredIn<D>>
  : TypeOf<D>;

const schemas = new WeakMap<object, JsonSchema>();

/** What a declaration was found to be in some other way. */
export function knowSchema(declaration: object, told: object): void {
  schemas.set(declaration, objectSchema(told));
}

/**
 * The JSON Schema of a declared configuration; `{}` where nothing is declared. A table's has no `required`: what
 * is left out keeps its default. Throws FatalError for a declaration that cannot be told as one.
 */
export function configSchema(declaration: ConfigDeclaration): JsonSchema {
  let schema = schemas.get(declaration);
  if (schema === undefined) {
    schema = schemaFrom(declaration);
    schemas.set(declaration, schema);
  }
  return schema;
}

function schemaFrom(declaration: ConfigDeclaration): JsonSchema {
  if (isStandard(declaration)) return standardSchema(declaration);
  if (isWritten(declaration)) return JSON.parse(JSON.stringify(declaration)) as JsonSchema;
  if (Object.keys(declaration).length === 0) return {};
  const properties = propertiesOf(declaration);
  return { name: 'Config', title: 'Config', description: '', type: 'object', properties };
}

export const isStandard = (declaration: ConfigDeclaration): declaration is StandardConfig =>
  typeof (declaration as { '~standard'?: unknown })['~standard'] === 'object';

/** A setting called `type` is declared by an object; the keyword `type` is a word. */
const isWritten = (declaration: ConfigTable | ObjectSchema): declaration is ObjectSchema =>
  declaration.type === 'object';

function propertiesOf(table: ConfigTable): JsonObject {
  return Object.fromEntries(
    Object.entries(table).map(([name, { optional: _, properties, ...declared }]) => {
      const schema = JSON.parse(JSON.stringify(declared)) as JsonObject;
      // a default of null says that it may be null
      if (schema['default'] === null && typeof schema['type'] === 'string') {
        schema['type'] = [schema['type'], 'null'];
      }
      return [
        name,
        properties === undefined ? schema : { ...schema, properties: propertiesOf(properties) },
      ];
    }),
  );
}

type Convert = (options: object) => object;
const standardSchema = (declaration: StandardConfig): JsonSchema =>
  objectSchema(jsonSchemaOf(declaration));

function objectSchema(told: object): JsonSchema {
  const { $schema: _, ...schema } = JSON.parse(JSON.stringify(told)) as JsonSchema;
  if (schema['type'] === 'object') return schema;
  throw new FatalError('the configuration must be declared as an object with a member per setting');
}

function jsonSchemaOf(declaration: StandardConfig): object {
  const { vendor, jsonSchema } = declaration['~standard'] as {
    vendor: string;
    jsonSchema?: { input?: Convert };
  };
  const own = (declaration as { toJSONSchema?: Convert }).toJSONSchema;
  try {
    if (jsonSchema?.input !== undefined) {
      const libraryOptions = { unrepresentable: 'any' };
      return jsonSchema.input({ target: 'draft-2020-12', libraryOptions });
    }
    if (own !== undefined) return own.call(declaration, { io: 'input', unrepresentable: 'any' });
  } catch (cause) {
    throw new FatalError(`${vendor} cannot tell this configuration as a JSON Schema`, { cause });
  }
  throw new FatalError(`this version of ${vendor} cannot tell the JSON Schema of an object`, {
    hint: 'With zod 4 it can; with another library, declare a JSON Schema.',
  });
}

/** Configurations in force, as the plain values they came from: a library may make something else of them. */
const plain = new WeakMap<object, JsonObject>();

export const plainConfig = (config: object): JsonObject =>
  plain.get(config) ?? (config as JsonObject);

/** What there is before anything was configured: the defaults, as far as they go. */
export const defaultConfig = (schema: JsonSchema): JsonObject => withDefaults({}, schema);

/**
 * A configuration as code receives it: checked, with defaults filled in, and made what the author's library
 * makes of it. Throws an InputError that names everything that is wrong.
 */
export async function checkedConfig(
  given: JsonObject,
  schema: JsonSchema,
  declaration: ConfigDeclaration,
): Promise<JsonObject> {
  const values = withDefaults(given, schema);
  const usual = withDefaults({}, schema);
  // A default that does not fit its own schema is the author's affair, and works for the tool.
  const isUsual = ({ field }: Fault) =>
    Object.hasOwn(usual, field) && isDeepStrictEqual(usual[field], values[field]);
  const found = Object.keys(schema).length === 0 ? [] : faultsIn(values, schema);
  const faults = found.filter((fault) => !isUsual(fault));
  if (faults.length > 0) throw refused(faults);
  if (!isStandard(declaration)) return values;
  const result = (await declaration['~standard'].validate(values)) as {
    value?: JsonObject;
    issues?: readonly { message: string; path?: readonly unknown[] }[];
  };
  if (result.issues !== undefined) throw refused(result.issues.map(faultOf));
  const config = result.value ?? {};
  plain.set(config, values);
  return config;
}

function faultsIn(values: JsonObject, schema: JsonSchema): Fault[] {
  const unknown = withoutUnknown(values, schema).unknown.map(({ path, known }) => {
    const name = placeName(path);
    const message = `${name} is unknown; ${didYouMean(String(path.at(-1)), known)}`;
    return { field: String(path[0]), message };
  });
  const wrong = misfits(values, schema, schema).map(({ path, reason }) => ({
    field: String(path[0] ?? ''),
    message: `${path.length === 0 ? 'it' : placeName(path)} ${reason}`,
  }));
  // an unknown member that the schema forbids besides is told once, with the nearest name
  const isTold = ({ message }: Fault) =>
    message.endsWith(' is unknown') && unknown.some((one) => one.message.startsWith(`${message};`));
  return [...wrong.filter((fault) => !isTold(fault)), ...unknown];
}

/** A library names the places in its own way: keys, or objects that hold one. */
function faultOf({ message, path = [] }: { message: string; path?: readonly unknown[] }): Fault {
  const keys = path.map((part) => {
    const key = typeof part === 'object' && part !== null && 'key' in part ? part.key : part;
    return typeof key === 'number' ? key : String(key);
  });
  const place = keys.length === 0 ? '' : `${placeName(keys)}: `;
  return { field: String(keys[0] ?? ''), message: `${place}${message}` };
}

const refused = (faults: readonly Fault[]): InputError =>
  new InputError(`configuration: ${faults.map(({ message }) => message).join('; ')}`, {
    code: 'CONFIG_INVALID',
    fields: [...new Set(faults.map(({ field }) => field).filter((field) => field !== ''))],
  });

/** The triggers named by settings whose value changed, each once, in the order of the declaration. */
export function changedTriggers(
  schema: JsonSchema,
  before: JsonObject,
  after: JsonObject,
): Set<string> {
  const triggers = new Set<string>();
  const compare = (of: Json | undefined, a: Json | undefined, b: Json | undefined): void => {
    if (isDeepStrictEqual(a, b)) return;
    for (const part of partsOf(of, schema)) {
      const { reloadTrigger, properties } = part;
      if (typeof reloadTrigger === 'string') triggers.add(reloadTrigger);
      if (!isJsonObject(properties)) continue;
      for (const [name, property] of Object.entries(properties)) {
        compare(property, memberOf(a, name), memberOf(b, name));
      }
    }
  };
  compare(schema, before, after);
  return triggers;
}

const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
