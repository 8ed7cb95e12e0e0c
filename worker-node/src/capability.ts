import type { Effects, Json, JsonObject, JsonSchema } from '@capstan/protocol';
import { performAction, streamAction } from './actions.ts';
import type { Context } from './context.ts';
import { log } from './log.ts';
import {
  changedTriggers,
  type ConfigDeclaration,
  configSchema,
  type ConfigValues,
  plainConfig,
} from './config.ts';
import type { DeclaredTable } from './table.ts';

/** A variable the tool wants. Secrets reach it through the start line, never on disk or in a spawn. */
export interface EnvironmentVariable {
  name: string;
  secret?: boolean;
  /** Without a value the worker is not started. */
  required?: boolean;
  label?: string;
  description?: string;
  /** Of one that is no secret; may hold `${CAPSTAN_MODELS_DIR}` and its like. */
  default?: string;
  /** The only values it may have. */
  options?: string[];
  /**
   * False for a secret that `context.secret(name)` reads and nothing else: then it is not in the environment
   * of this process, nor of those it starts.
   */
  exported?: boolean;
}

/** `platforms` such as `linux-x64`; none of them means everywhere. */
export interface Resources {
  requires_gpu?: boolean;
  platforms?: string[];
  accelerators?: string[];
  /** A first guess of what its calls need, until a host has measured it: `'2GiB'`, */
  ram?: string;
  /** `'8GiB'` of one GPU, */
  'gpu/vram'?: string;
  /** cores. */
  cpu?: number | string;
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
  options?: { value: Json; label?: string; metadata?: JsonObject }[];
  constraints?: JsonObject;
}

/**
 * A tool with its contract. Subclass it when the lifecycle matters; `defineCapability` is shorter when it
 * does not. Every method but the actions has a default.
 */
export abstract class Capability<Config extends ConfigDeclaration = ConfigDeclaration> {
  abstract readonly name: string;
  abstract readonly version: string;
  readonly description: string = '';
  /** Calls at once the tool can take; the host sends no more. */
  readonly concurrency: number = 1;
  /** What it needs of a machine, for whoever chooses one. */
  readonly resources: Resources = {};
  /** Its settings: a table, a JSON Schema of an object, or a zod object; for types, also `Capability<typeof settings>`. */
  readonly configTable: ConfigDeclaration = {};
  readonly environment: EnvironmentVariable[] = [];
  readonly actions: { readonly [name: string]: Action } = {};
  /** The configuration in force, complete and checked. The SDK keeps it. */
  config: ConfigValues<Config> = {} as ConfigValues<Config>;

  /** Finds out what only the installed tool knows, such as its version. Runs before introspection. */
  identify?(): unknown;

  /** Loads what the tool needs before its first call. Also runs when nothing is configured. */
  initialize(config: ConfigValues<Config>, context: Context<ConfigValues<Config>>): unknown {
    void config;
    void context;
    return undefined;
  }

  /**
   * Applies a changed configuration: releases what changed settings name, while the old one is in force, then
   * calls `applyConfig`, else `initialize`, with the new one.
   */
  async reconfigure(
    before: ConfigValues<Config>,
    after: ConfigValues<Config>,
    context: Context<ConfigValues<Config>>,
  ): Promise<void> {
    const [old, next] = [plainConfig(before), plainConfig(after)];
    for (const trigger of changedTriggers(this.getConfigSchema(), old, next)) {
      await this.#release(trigger);
    }
    this.config = after;
    if (this.applyConfig === undefined) await this.initialize(after, context);
    else await this.applyConfig(after, context);
  }

  /** Takes over a changed configuration without starting anew. */
  applyConfig?(config: ConfigValues<Config>, context: Context<ConfigValues<Config>>): unknown;

  getConfigSchema(): JsonSchema {
    return configSchema(this.configTable);
  }

  getCurrentConfig(): JsonObject {
    return plainConfig(this.config);
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
  /**
   * Others need the memory: lets go of what the next call can load again. The worker stays, and is not called
   * meanwhile. Without this it is ended, and started again for its next call.
   */
  freeMemory?(context: Context): unknown;
  /** Told of every cancel, for tools that have one of their own. The call's context knows already. */
  cancel?(callId: string, reason: string): unknown;
  /** Monitors only. */
  getSystemStatus?(): unknown;
  listProcesses?(): unknown;

  async #release(trigger: string): Promise<void> {
    const name = releaseName(trigger);
    const release: unknown = Reflect.get(this, name);
    if (typeof release !== 'function') return;
    try {
      await release.call(this);
    } catch (error) {
      log.error(`${name} failed`, error);
    }
  }
}

/** `model` is released by `releaseModel`. */
export const releaseName = (trigger: string): string =>
  `release${trigger.charAt(0).toUpperCase()}${trigger.slice(1)}`;
