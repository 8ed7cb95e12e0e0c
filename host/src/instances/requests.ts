import type { JsonObject, JsonSchema } from '@capstan/protocol';
import type { HostError } from '../errors.ts';
import type { InstanceView } from './view.ts';

/** An instance as somebody wants it loaded. What is not given is as declared, or as it was set before. */
export interface LoadRequest {
  /** The name of a capability; that of an instance is taken for it. */
  capability: string;
  /** The instance's id: the capability's name (its default instance) unless given. */
  instance?: string;
  /** A new instance with a generated id, which is never recorded. */
  isNew?: boolean;
  /** The whole configuration: it stands on the schema's defaults alone. `{}` too. */
  config?: JsonObject;
  /** Single settings, on top of what is declared and of what was set before. */
  set?: JsonObject;
  /** Just these adapters, as `module:Class`; every compatible one unless given. */
  adapters?: string[];
  /** Calls it takes at once. */
  slots?: number;
  /** Settings that the capability does not know are dropped with a warning, and are no reason to refuse. */
  lenient?: boolean;
  /** Declared variables of its worker that are not secret, for this instance. */
  env?: { [name: string]: string };
  actor?: string;
}

export interface PhaseOptions {
  signal?: AbortSignal;
  /** `progress` from 0 to 1, or -1 where it is not known how far it is. */
  onProgress?: (progress: number, message: string) => void;
}

export interface ManyOptions {
  /** How many at once; `defaults.loadsAtOnce` unless given. */
  concurrency?: number;
  /** The first failure begins no more of them and is thrown, when those under way have ended. */
  failFast?: boolean;
  /** Aborting begins no more of them, and gives up those under way. */
  signal?: AbortSignal;
}

/** One of several loads. Its key is the instance's id, else the capability's name, else `name#new[i]`. */
export type LoadResult =
  | { key: string; kind: 'loaded'; instance: InstanceView }
  | { key: string; kind: 'failed'; error: HostError };

export type UnloadResult =
  | { key: string; kind: 'unloaded' }
  | { key: string; kind: 'failed'; error: HostError };

export interface UnloadOptions {
  /** A named instance is not known any more afterwards, with its configuration, its flag and its variables. */
  forget?: boolean;
  actor?: string;
  /** Aborting gives up waiting for the end of its calls: it goes on then. */
  signal?: AbortSignal;
}

export interface ReloadOptions extends PhaseOptions {
  actor?: string;
  /**
   * Ends the old worker before the new one is started, for machines on which two do not fit. Should the new
   * one fail, the old configuration is started again.
   */
  stopFirst?: boolean;
}

/** A change of an instance's configuration. `replace` is the whole of it, the others change single settings. */
export interface ConfigChange {
  set?: JsonObject;
  /** Back to what is declared, or to the default. */
  unset?: string[];
  replace?: JsonObject;
  /** Takes back everything that was set before, also a whole configuration. */
  reset?: boolean;
  lenient?: boolean;
  actor?: string;
}

export type ConfigSource = 'default' | 'capstan.yaml' | 'set';

export interface ConfigReport {
  instance: string;
  capability: string;
  /** In force, or what it would be started with. */
  values: JsonObject;
  sources: { [setting: string]: ConfigSource };
  schema: JsonSchema | null;
  configHash: string;
  warnings: string[];
  /** Why it cannot be started with this, after an upgrade, say; empty when it can. */
  problems: string[];
}

/** `not_supported`: the capability has nothing to fetch. */
export interface PrefetchReport {
  status: 'prefetched' | 'not_supported';
}
