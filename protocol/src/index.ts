export { isRetriable, readWireError, wireError } from './errors.ts';
export {
  BadFrames,
  FrameDecoder,
  formatFrame,
  isProgress,
  isTerminal,
  parseFrame,
  type ReadFrame,
} from './frames.ts';
export {
  type Address,
  formatReadyLine,
  formatStartError,
  formatStartLine,
  type Negotiated,
  negotiate,
  type ParsedStart,
  parseAddress,
  parseReadyLine,
  parseStartLine,
  protocolVersions,
  type Ready,
  tracebackPolicies,
} from './handshake.ts';
export { formats } from './formats.ts';
export { limits } from './limits.ts';
export {
  formatLogRecord,
  isLogged,
  isLogLevel,
  type LogLevel,
  type LogRecord,
  logMark,
  parseLogRecord,
} from './logs.ts';
export { framesMediaType, headers, isCallId, marks } from './marks.ts';
export type {
  ActionDescription,
  Effects,
  Envelope,
  ErrorCategory,
  FileValue,
  Frame,
  Health,
  Introspection,
  Json,
  JsonObject,
  JsonSchema,
  StartLine,
  StructuralSurface,
  TaggedFile,
  TracebackPolicy,
  VersionRange,
  WireError,
} from './messages.ts';
export { nearest } from './nearest.ts';
export { parsedValue } from './parsed.ts';
export { isPlainText } from './plain-text.ts';
export {
  type CancelRequest,
  type ExecuteRequest,
  type Refusal,
  readEnvelope,
  type TaskRequest,
} from './requests.ts';
export { expandFiles, fileRef, isFileSchema } from './schema.ts';
export { certainPartsOf, isJsonObject, partsOf } from './schema-parts.ts';
export { type UnknownSetting, withDefaults, withoutUnknown } from './settings.ts';
export { BadValue, fileValue, filesIn, isTaggedFile, wireValue } from './values.ts';
export {
  registerWireType,
  typedValue,
  type WireClass,
  type WireTypeOptions,
} from './wire-types.ts';
