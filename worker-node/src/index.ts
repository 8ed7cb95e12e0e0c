export {
  type Action,
  Capability,
  type Choices,
  type EnvironmentVariable,
  type Resources,
} from './capability.ts';
export {
  type AdapterClass,
  type AdapterDefinition,
  defineAdapter,
  needed,
  type TaskMethod,
  type ToolProtocol,
} from './adapter.ts';
export type { ConfigDeclaration, ConfigTable, ConfigValues } from './config.ts';
export type { CacheEntry, CacheSource } from './cache.ts';
export type { Context } from './context.ts';
export { type ActionDefinition, type Definition, defineCapability } from './define.ts';
export {
  CancelledError,
  ConfigError,
  DisabledError,
  FatalError,
  InputError,
  NotSupportedError,
  ResourceError,
  TimeoutError,
  ToolError,
  TransientError,
} from './errors.ts';
export { InputFile, OutputFile } from './files.ts';
export { type Logger, log, loggerNamed } from './log.ts';
export type { Declared, DeclaredTable, Values } from './table.ts';
export { registerWireType, type WireTypeOptions } from '@capstan/protocol';
