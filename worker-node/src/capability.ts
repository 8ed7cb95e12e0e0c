import type { Effects, Json, JsonObject, JsonSchema } from '@capstan/protocol';
import { performAction, streamAction } from './actions.ts';
import type { Context } from './context.ts';
import { log } from './log.ts';
import { type DeclaredTable, schemaOf } from './table.ts';

/** A key of the configuration. Changing one with a `reloadTrigger` first releases what was loaded for it. */
export interface ConfigTable extends DeclaredTable {
  [name: string]: DeclaredTable[string] & {
    /** `model` calls `releaseModel()` before the new configuration is applied. */
    reloadTrigger?: string;
  };
}

/** An environment variable the tool itself insists on. Secrets reach it through the start line, never on disk. */
export interface EnvironmentVariable {
  name: string;
  secret?: boolean;
  required?: boolean;
  label?: string;
  description?: string;
  default?: string;
}

/** One thing a capability does. */
export interface Action {
  description?: string;
  /** Inputs by name, or a whole JSON Schema of an object. */
  input?: DeclaredTable | JsonSchema;
  /** JSON Schema of the result; `{type: file}` is a file. */
  output?: JsonSchema;
  /** What running it again may do. `idempotent` unless said. */
  effects?: Effects;
  /** Returns the result, or an async iterable of its parts. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the table in `input` decides; `defineCapability` infers it
  run(input: any, context: Context): unknown;
}

export interface Choices {
  options: { value: Json; label?: string; metadata?: JsonObject }[];
  constraints?: JsonObject;
}

/**
 * A tool with its contract. Subclass it when the lifecycle matters; `defineCapability` is shorter when it
 * does not. Every method but the actions has a default.
 */
export abstract class Capability {
  abstract readonly name: string;
  abstract readonly version: string;
  readonly description: string = '';
  /** Calls at once the tool can take; the host sends no more. */
  readonly concurrency: number = 1;
  readonly configTable: ConfigTable = {};
  readonly environment: EnvironmentVariable[] = [];
  readonly actions: { readonly [name: string]: Action } = {};
  /** The configuration in force, complete and checked. The SDK keeps it. */
  config: JsonObject = {};

  /** Finds out what only the installed tool knows, such as its version. Runs before introspection. */
  identify?(): unknown;

  /** Loads what the tool needs before its first call. Also runs when nothing is configured. */
  initialize(config: JsonObject, context: Context): unknown {
    void config;
    void context;
    return undefined;
  }

  /** Applies a changed configuration: releases what changed keys name, then `applyConfig`, else `initialize`. */
  async reconfigure(before: JsonObject, after: JsonObject, context: Context): Promise<void> {
    for (const trigger of changedTriggers(this.configTable, before, after)) {
      await this.#release(trigger);
    }
    if (this.applyConfig === undefined) await this.initialize(after, context);
    else await this.applyConfig(after, context);
  }

  /** Takes over a changed configuration without starting anew. */
  applyConfig?(config: JsonObject, context: Context): unknown;

  getConfigSchema(): JsonSchema {
    return configSchema(this);
  }

  getCurrentConfig(): JsonObject {
    return this.config;
  }

  /** What is possible now for keys whose choices depend on the machine. */
  getConfigOptions(): { [field: string]: Choices } | Promise<{ [field: string]: Choices }> {
    return {};
  }

  /** Performs the action named by `kwargs.action`. */
  execute(kwargs: { [name: string]: unknown }, context: Context): unknown {
    return performAction(this, kwargs, context);
  }

  /** The same in parts. An action that returns no iterable has one part: its result. */
  executeStream(kwargs: { [name: string]: unknown }, context: Context): AsyncIterable<unknown> {
    return streamAction(this, kwargs, context);
  }

  /** Frees everything; nothing is called afterwards. */
  cleanup(context: Context): unknown {
    void context;
    return undefined;
  }

  /** Downloads what `initialize` would otherwise have to. */
  prefetch?(context: Context): unknown;
  onEnable?(context: Context): unknown;
  onDisable?(context: Context): unknown;
  /** Told of every cancel, for tools that have one of their own. The call's context knows already. */
  cancel?(callId: string, reason: string): unknown;
  /** Monitors only. */
  getSystemStatus?(): unknown;
  listProcesses?(): unknown;

  async #release(trigger: string): Promise<void> {
    const name = `release${trigger.charAt(0).toUpperCase()}${trigger.slice(1)}`;
    const release: unknown = Reflect.get(this, name);
    if (typeof release !== 'function') return;
    try {
      await release.call(this);
    } catch (error) {
      log.error(`${name} failed`, error);
    }
  }
}

/** The triggers named by keys whose value changed, each once, in the order of the table. */
function changedTriggers(table: ConfigTable, before: JsonObject, after: JsonObject): Set<string> {
  const triggers = new Set<string>();
  for (const [key, { reloadTrigger }] of Object.entries(table)) {
    const changed = JSON.stringify(before[key]) !== JSON.stringify(after[key]);
    if (changed && reloadTrigger !== undefined) triggers.add(reloadTrigger);
  }
  return triggers;
}

/** The schema of a configuration. It requires nothing: a key that is left out keeps its default. */
function configSchema(capability: Capability): JsonSchema {
  const table: DeclaredTable = {};
  for (const [key, { reloadTrigger: _, ...declared }] of Object.entries(capability.configTable)) {
    table[key] = { ...declared, optional: true };
  }
  const { type, properties, additionalProperties } = schemaOf(table);
  return {
    title: `${capability.name} configuration`,
    type: type ?? 'object',
    properties: properties ?? {},
    additionalProperties: additionalProperties ?? false,
  };
}
