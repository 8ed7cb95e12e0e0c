import type { ErrorCategory, WireError } from '@capstan/protocol';

interface ErrorOptionsOfTools {
  /** The next step, in words the user can act on. */
  hint?: string;
  code?: string;
  cause?: unknown;
  /** Whether trying again can help, where that differs from what the class says. */
  retriable?: boolean;
}

/** What a capability throws on purpose. Use one of the classes below; they differ in what a retry can do. */
export class ToolError extends Error {
  readonly category: ErrorCategory;
  readonly code: string;
  readonly hint: string | undefined;
  readonly retriable: boolean | undefined;

  constructor(
    category: ErrorCategory,
    defaultCode: string,
    message: string,
    options: ErrorOptionsOfTools,
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.category = category;
    this.code = options.code ?? defaultCode;
    this.hint = options.hint;
    this.retriable = options.retriable;
  }

  /** Facts beside the message, for machines. */
  facts(): Partial<WireError> {
    return {};
  }
}

/** The caller asked for something that cannot work. `fields` names the inputs at fault. */
export class InputError extends ToolError {
  readonly fields: string[];

  constructor(message: string, options: ErrorOptionsOfTools & { fields?: string[] } = {}) {
    super('input', 'INPUT_INVALID', message, options);
    this.fields = options.fields ?? [];
  }

  override facts(): Partial<WireError> {
    return this.fields.length === 0 ? {} : { fieldsInvalid: this.fields };
  }
}

/** The configuration cannot be used. `fields` names the settings at fault. */
export class ConfigError extends InputError {
  constructor(message: string, options: ErrorOptionsOfTools & { fields?: string[] } = {}) {
    super(message, { code: 'CONFIG_INVALID', ...options });
  }
}

/** The capability, or this part of it, is switched off. Somebody has to switch it on. */
export class DisabledError extends InputError {
  constructor(message: string, options: ErrorOptionsOfTools & { fields?: string[] } = {}) {
    super(message, { code: 'CAPABILITY_DISABLED', ...options });
  }
}

/** Somebody else is busy or away; the same call may work later. */
export class TransientError extends ToolError {
  readonly retryAfterS: number | undefined;

  constructor(message: string, options: ErrorOptionsOfTools & { retryAfterS?: number } = {}) {
    super('transient', 'TOOL_UNAVAILABLE', message, options);
    this.retryAfterS = options.retryAfterS;
  }

  override facts(): Partial<WireError> {
    return this.retryAfterS === undefined ? {} : { retryAfterS: this.retryAfterS };
  }
}

/** Something the tool waited for took too long. */
export class TimeoutError extends TransientError {
  constructor(message: string, options: ErrorOptionsOfTools & { retryAfterS?: number } = {}) {
    super(message, { code: 'TOOL_TIMEOUT', ...options });
  }
}

/** The machine is too full. Say of what and by how much, and the host can make room. */
export class ResourceError extends ToolError {
  readonly shortfall: WireError['shortfall'];

  constructor(
    message: string,
    options: ErrorOptionsOfTools & { shortfall?: NonNullable<WireError['shortfall']> } = {},
  ) {
    super('resource', 'RESOURCE_EXHAUSTED', message, options);
    this.shortfall = options.shortfall;
  }

  override facts(): Partial<WireError> {
    return this.shortfall === undefined ? {} : { shortfall: this.shortfall };
  }
}

/** The tool is broken; trying again gives the same. */
export class FatalError extends ToolError {
  constructor(message: string, options: ErrorOptionsOfTools = {}) {
    super('fatal', 'TOOL_FAILED', message, options);
  }
}

/** The call stopped because it was asked to. `ctx.checkCancel()` throws it. */
export class CancelledError extends ToolError {
  constructor(message = 'the call was cancelled', options: ErrorOptionsOfTools = {}) {
    super('cancelled', 'CANCELLED', message, options);
  }
}

/** This capability does not do that, although the protocol has a word for it. */
export class NotSupportedError extends ToolError {
  constructor(message: string, options: ErrorOptionsOfTools = {}) {
    super('fatal', 'NOT_SUPPORTED', message, options);
  }
}
