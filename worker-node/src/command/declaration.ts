import type { Effects, ErrorCategory, JsonSchema } from '@capstan/protocol';

/**
 * A tool described without code: which executable, which arguments, what comes out. People write it in
 * YAML; the host checks it with `checkCommandDeclaration` and hands a worker the same thing as JSON.
 */
export interface CommandDeclaration {
  name: string;
  description?: string;
  /** Looked up on PATH, or an absolute path. */
  executable: string;
  /** How the tool tells its version: arguments, and a pattern whose first group is the version. */
  version?: { argv: string[]; pattern: string };
  actions: { [name: string]: CommandAction };
}

export interface CommandAction {
  description?: string;
  effects?: Effects;
  /** JSON Schema per input; `{type: file}` is a file, `optional: true` may be left out. */
  inputs?: { [name: string]: JsonSchema };
  outputs?: { [name: string]: CommandOutput };
  /** The one output that is the result. Without it, the result is an object of all outputs. */
  returns?: string;
  argv: CommandArgument[];
  /** Text for the tool's standard input, or one whole reference to a file, which is fed to it. */
  stdin?: string;
  progress?: CommandProgress;
  /** What the tool's exit codes mean. Those not listed are fatal; 0 is success. */
  exitCodes?: { [code: string]: { category: ErrorCategory; message: string; hint?: string } };
}

/** A file the tool writes to `path` below the call's folder, or what it prints. */
export type CommandOutput =
  | { type: 'file'; path?: string; mediaType?: string; description?: string }
  | { type: 'string' | 'json'; from: 'stdout' | 'stderr'; description?: string };

/** One argument, or several that are given only when an input has a value. */
export type CommandArgument = string | number | { when: string; argv: CommandArgument[] };

/**
 * How to read progress from what the tool prints. One group in `pattern` is a number from 0 to `scale`; three
 * are hours, minutes and seconds of a total that `total` finds in the same way.
 */
export interface CommandProgress {
  from: 'stdout' | 'stderr';
  pattern: string;
  scale?: number;
  total?: string;
}

export { type CommandProblem, checkCommandDeclaration } from './check-declaration.ts';
