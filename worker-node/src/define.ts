import type { Effects, JsonObject, JsonSchema } from '@capstan/protocol';
import {
  type Action,
  Capability,
  type ConfigTable,
  type EnvironmentVariable,
} from './capability.ts';
import type { Context } from './context.ts';
import type { DeclaredTable, Values } from './table.ts';

/** An action as it is written in `defineCapability`: `run` receives what `input` declares. */
export interface ActionDefinition<Input extends DeclaredTable> {
  description?: string;
  /** Inputs by name; `{}` when there are none. */
  input: Input;
  /** JSON Schema of the result; `{type: 'file'}` is a file. */
  output?: JsonSchema;
  /** What running it again may do; `idempotent` unless said. */
  effects?: Effects;
  run(input: Values<Input>, context: Context): unknown;
}

export interface Definition<
  Config extends ConfigTable,
  Inputs extends { [action: string]: DeclaredTable },
> {
  name: string;
  version: string;
  description?: string;
  /** Calls at once the tool can take. 1 unless said. */
  concurrency?: number;
  config?: Config;
  environment?: EnvironmentVariable[];
  initialize?(config: Values<Config>, context: Context): unknown;
  cleanup?(context: Context): unknown;
  actions: { [Name in keyof Inputs]: ActionDefinition<Inputs[Name]> };
}

/**
 * A capability from a table, for a module's default export:
 *
 *     export default defineCapability({
 *       name: 'hello', version: '1.0.0',
 *       actions: {
 *         greet: { input: { who: { type: 'string' } }, run: ({ who }) => `Hello, ${who}!` },
 *       },
 *     });
 */
export function defineCapability<
  const Config extends ConfigTable,
  const Inputs extends { [action: string]: DeclaredTable },
>(definition: Definition<Config, Inputs>): Capability {
  return new DefinedCapability(definition);
}

type AnyDefinition = Omit<
  Definition<ConfigTable, { [action: string]: DeclaredTable }>,
  'actions'
> & {
  actions: { readonly [name: string]: Action };
};

class DefinedCapability extends Capability {
  readonly name: string;
  readonly version: string;
  override readonly description: string;
  override readonly concurrency: number;
  override readonly configTable: ConfigTable;
  override readonly environment: EnvironmentVariable[];
  override readonly actions: { readonly [name: string]: Action };
  readonly #definition: AnyDefinition;

  constructor(definition: AnyDefinition) {
    super();
    this.#definition = definition;
    this.name = definition.name;
    this.version = definition.version;
    this.description = definition.description ?? '';
    this.concurrency = definition.concurrency ?? 1;
    this.configTable = definition.config ?? {};
    this.environment = definition.environment ?? [];
    this.actions = definition.actions;
  }

  override initialize(config: JsonObject, context: Context): unknown {
    return this.#definition.initialize?.(config, context);
  }

  override cleanup(context: Context): unknown {
    return this.#definition.cleanup?.(context);
  }
}
