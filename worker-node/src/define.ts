import type { Effects, JsonObject, JsonSchema } from '@capstan/protocol';
import {
  type Action,
  Capability,
  type Choices,
  type EnvironmentVariable,
  releaseName,
  type Resources,
} from './capability.ts';
import type { ConfigDeclaration, ConfigValues } from './config.ts';
import type { Context } from './context.ts';
import type { DeclaredTable, Values } from './table.ts';

/** An action as it is written in `defineCapability`: `run` receives what `input` declares. */
export interface ActionDefinition<Input extends DeclaredTable, Config = JsonObject> {
  description?: string;
  /** Inputs by name; `{}` when there are none. */
  input: Input;
  /** JSON Schema of the result; `{type: 'file'}` is a file. */
  output?: JsonSchema;
  /** What running it again may do; `idempotent` unless said. */
  effects?: Effects;
  run(input: Values<Input>, context: Context<Config>): unknown;
}

export interface Definition<
  Config extends ConfigDeclaration,
  Inputs extends { [action: string]: DeclaredTable },
> {
  name: string;
  version: string;
  description?: string;
  /** Calls at once the tool can take. 1 unless said. */
  concurrency?: number;
  /** What it needs of a machine, e.g. `{ platforms: ['linux-x64'] }`. */
  resources?: Resources;
  /** Its settings: a table, a JSON Schema of an object, or a zod object. */
  config?: Config;
  environment?: EnvironmentVariable[];
  initialize?(config: ConfigValues<Config>, context: Context<ConfigValues<Config>>): unknown;
  /** Takes over a changed configuration; without it, `initialize` is called again. */
  applyConfig?(config: ConfigValues<Config>, context: Context<ConfigValues<Config>>): unknown;
  /** What is let go before a changed setting with this `reloadTrigger` is applied. */
  release?: { [trigger: string]: () => unknown };
  /** What is possible now for settings whose choices depend on the machine. */
  configOptions?(): { [setting: string]: Choices } | Promise<{ [setting: string]: Choices }>;
  /** Downloads what `initialize` would otherwise have to. */
  prefetch?(context: Context<ConfigValues<Config>>): unknown;
  /** The instance was switched on again. */
  onEnable?(context: Context<ConfigValues<Config>>): unknown;
  /** The instance was switched off: a good moment to give memory back. */
  onDisable?(context: Context<ConfigValues<Config>>): unknown;
  /** Others need the memory: lets go of what the next call can load again. Without it the worker is ended. */
  freeMemory?(context: Context<ConfigValues<Config>>): unknown;
  cleanup?(context: Context<ConfigValues<Config>>): unknown;
  actions: { [Name in keyof Inputs]: ActionDefinition<Inputs[Name], ConfigValues<Config>> };
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
  const Config extends ConfigDeclaration,
  const Inputs extends { [action: string]: DeclaredTable },
>(definition: Definition<Config, Inputs>): Capability {
  // Inside, what the types of the settings are does not matter: the declaration itself says it.
  return new DefinedCapability(definition as unknown as AnyDefinition);
}

type AnyDefinition = Omit<
  Definition<ConfigDeclaration, { [action: string]: DeclaredTable }>,
  'actions'
> & {
  actions: { readonly [name: string]: Action };
};

class DefinedCapability extends Capability {
  readonly name: string;
  readonly version: string;
  override readonly description: string;
  override readonly concurrency: number;
  override readonly resources: Resources;
  override readonly configTable: ConfigDeclaration;
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
    this.resources = definition.resources ?? {};
    this.configTable = definition.config ?? {};
    this.environment = definition.environment ?? [];
    this.actions = definition.actions;
    const { applyConfig, prefetch, onEnable, onDisable, freeMemory, release = {} } = definition;
    // Only what is there: a worker says of the rest that it is not supported.
    if (applyConfig) this.applyConfig = (...given) => applyConfig.call(definition, ...given);
    if (prefetch) this.prefetch = (context) => prefetch.call(definition, context);
    if (onEnable) this.onEnable = (context) => onEnable.call(definition, context);
    if (onDisable) this.onDisable = (context) => onDisable.call(definition, context);
    if (freeMemory) this.freeMemory = (context) => freeMemory.call(definition, context);
    for (const [trigger, run] of Object.entries(release)) {
      Object.defineProperty(this, releaseName(trigger), { value: run, configurable: true });
    }
  }

  override getConfigOptions() {
    return this.#definition.configOptions?.() ?? super.getConfigOptions();
  }

  override initialize(config: JsonObject, context: Context): unknown {
    return this.#definition.initialize?.(config, context);
  }

  override cleanup(context: Context): unknown {
    return this.#definition.cleanup?.(context);
  }
}
