import { existsSync, readFileSync } from 'node:fs';
import type { JsonObject, JsonSchema } from '@capstan/protocol';
import { type Action, Capability } from '../capability.ts';
import type { Context } from '../context.ts';
import { FatalError } from '../errors.ts';
import type { OutputFile } from '../files.ts';
import { log } from '../log.ts';
import { expandText } from './arguments.ts';
import { checkCommandDeclaration } from './check-declaration.ts';
import type { CommandAction, CommandDeclaration, CommandOutput } from './declaration.ts';
import { findExecutable, probeVersion } from './executable.ts';
import { type FinishedTool, runTool } from './run.ts';

/** The capability a declaration in a JSON file describes. */
export function readCommandCapability(path: string): Capability {
  const declaration: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const [problem] = checkCommandDeclaration(declaration);
  if (problem !== undefined) {
    const place = problem.path.join('.') || 'the declaration';
    throw new FatalError(`${path}: ${place}: ${problem.message}`, { code: 'IMPORT_FAILED' });
  }
  return new CommandCapability(declaration as CommandDeclaration);
}

/** An executable as a capability: every call is one run of it. */
export class CommandCapability extends Capability {
  readonly name: string;
  /** What the tool itself reports, once somebody asked it. */
  version = 'unknown';
  override readonly description: string;
  /** Runs are separate processes, so they do not disturb each other. How many at once is for the host to say. */
  override readonly concurrency = 16;
  override readonly actions: { readonly [name: string]: Action };
  readonly #declaration: CommandDeclaration;

  constructor(declaration: CommandDeclaration) {
    super();
    this.#declaration = declaration;
    this.name = declaration.name;
    this.description = declaration.description ?? '';
    this.actions = Object.fromEntries(
      Object.entries(declaration.actions).map(([name, action]) => [name, this.#actionOf(action)]),
    );
  }

  override async identify(): Promise<void> {
    const executable = findExecutable(this.#declaration.executable);
    const { version } = this.#declaration;
    if (version === undefined) return;
    const found = await probeVersion(executable, version.argv, version.pattern);
    if (found === null) log.warning(`${executable} does not tell its version as declared`);
    else this.version = found;
  }

  override initialize(): Promise<void> {
    return this.identify();
  }

  #actionOf(action: CommandAction): Action {
    return {
      description: action.description ?? '',
      effects: action.effects ?? 'idempotent',
      input: action.inputs ?? {},
      output: outputSchema(action),
      run: (inputs, context) => this.#run(action, inputs, context),
    };
  }

  async #run(
    action: CommandAction,
    inputs: { [name: string]: unknown },
    context: Context,
  ): Promise<unknown> {
    const outputs = placeFiles(action, inputs, context);
    const finished = await runTool(
      this.#declaration.executable,
      action,
      { inputs, outputs },
      context,
    );
    const results = Object.fromEntries(
      Object.entries(action.outputs ?? {}).map(([name, output]) => [
        name,
        resultOf(name, output, outputs, finished),
      ]),
    );
    return action.returns === undefined ? results : results[action.returns];
  }
}

function placeFiles(
  action: CommandAction,
  inputs: { [name: string]: unknown },
  context: Context,
): { [name: string]: OutputFile } {
  const files: { [name: string]: OutputFile } = {};
  for (const [name, output] of Object.entries(action.outputs ?? {})) {
    if (output.type !== 'file') continue;
    const path = expandText(output.path ?? name, { inputs, outputs: {} });
    const { mediaType } = output;
    files[name] = context.output(path, mediaType === undefined ? {} : { mediaType });
  }
  return files;
}

function resultOf(
  name: string,
  output: CommandOutput,
  files: { [name: string]: OutputFile },
  finished: FinishedTool,
): unknown {
  if (output.type === 'file') {
    const file = files[name];
    if (file !== undefined && existsSync(file.path)) return file;
    throw new FatalError(`the tool ended well, but did not write its output "${name}"`);
  }
  const text = finished[output.from].text();
  if (output.type === 'string') return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FatalError(`the tool's output "${name}" is not JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function outputSchema({ outputs = {}, returns }: CommandAction): JsonSchema {
  const properties: { [name: string]: JsonSchema } = {};
  for (const [name, { type, description }] of Object.entries(outputs)) {
    properties[name] = {
      ...(type === 'json' ? {} : { type }),
      ...(description === undefined ? {} : { description }),
    };
  }
  if (returns !== undefined) return properties[returns] ?? {};
  return { type: 'object', properties, required: Object.keys(properties) } satisfies JsonObject;
}
