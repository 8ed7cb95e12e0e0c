import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import type { Context } from '../context.ts';
import {
  FatalError,
  InputError,
  ResourceError,
  type ToolError,
  TransientError,
} from '../errors.ts';
import { InputFile } from '../files.ts';
import { loggerNamed } from '../log.ts';
import { killTree } from '../processes.ts';
import { expandArguments, expandText, type Scope, valueAt } from './arguments.ts';
import type { CommandAction } from './declaration.ts';
import { missingExecutable } from './executable.ts';
import { ToolOutput } from './output.ts';
import { ProgressReader } from './progress.ts';
import { parseTemplate, wholeReference } from './template.ts';

/** How long a tool may take to end by itself after SIGTERM. */
const terminationMs = 2000;

export interface FinishedTool {
  stdout: ToolOutput;
  stderr: ToolOutput;
}

/** Runs the tool once, in the call's folder, and returns what it printed. Throws what its end means. */
export async function runTool(
  executable: string,
  action: CommandAction,
  scope: Scope,
  context: Context,
): Promise<FinishedTool> {
  const name = executable.split('/').pop() ?? executable;
  const child = spawn(executable, expandArguments(action.argv, scope), {
    cwd: context.dir,
    stdio: [action.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  // `close` comes when the process ended and its output is read; a child that keeps a pipe open delays it
  const closed = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('close', (code, signal) => resolve(signal ?? code ?? 0));
    child.once('error', (error: NodeJS.ErrnoException) => reject(startFailure(name, error)));
  });
  const finished = readOutput(child, name, action, context);
  feedStdin(child, action, scope);
  const stopListening = context.onCancel(() => killTree(child.pid, terminationMs));
  try {
    const end = await closed;
    if (end === 0) return finished;
    context.checkCancel();
    throw endedBadly(name, end, action, finished);
  } finally {
    stopListening();
  }
}

function readOutput(
  child: ChildProcess,
  name: string,
  action: CommandAction,
  context: Context,
): FinishedTool {
  const log = loggerNamed(name);
  const progress = action.progress === undefined ? null : new ProgressReader(action.progress);
  const read = (from: 'stdout' | 'stderr'): ToolOutput => {
    const isResult = Object.values(action.outputs ?? {}).some(
      (output) => output.type !== 'file' && output.from === from,
    );
    return new ToolOutput(child[from]!, isResult, (line) => {
      const reached = action.progress?.from === from ? (progress?.read(line) ?? null) : null;
      if (reached !== null) context.progress(reached, line.trim().slice(0, 200));
      else if (!isResult) log.info(line);
    });
  };
  return { stdout: read('stdout'), stderr: read('stderr') };
}

function feedStdin(child: ChildProcess, { stdin }: CommandAction, scope: Scope): void {
  if (stdin === undefined || child.stdin === null) return;
  // a tool that does not read all of its input is not an error; its exit code says what it thinks
  child.stdin.on('error', () => {});
  const whole = wholeReference(parseTemplate(stdin));
  const value = whole === null ? undefined : valueAt(whole, scope);
  if (value instanceof InputFile) pipeline(createReadStream(value.path), child.stdin, () => {});
  else child.stdin.end(expandText(stdin, scope));
}

function startFailure(name: string, error: NodeJS.ErrnoException): ToolError {
  if (error.code === 'ENOENT') return missingExecutable(name);
  if (error.code === 'E2BIG')
    return new InputError(`the arguments for ${name} are too long for this system`);
  return new FatalError(`${name} could not be started: ${error.message}`, { cause: error });
}

function endedBadly(
  name: string,
  end: number | NodeJS.Signals,
  { exitCodes = {} }: CommandAction,
  { stdout, stderr }: FinishedTool,
): ToolError {
  const words = stderr.lastWords.length > 0 ? stderr.lastWords : stdout.lastWords;
  const quoted =
    words.length === 0 ? 'it said nothing' : `its last words: ${words.slice(-3).join(' / ')}`;
  const options = { cause: lastWords(words) };
  if (end === 'SIGKILL') {
    return new ResourceError(
      `${name} was killed, most often for lack of memory; ${quoted}`,
      options,
    );
  }
  if (typeof end === 'string')
    return new FatalError(`${name} was ended by ${end}; ${quoted}`, options);
  const meaning = exitCodes[String(end)];
  const message = `${meaning?.message ?? `${name} failed`} (exit code ${end}); ${quoted}`;
  const hinted = meaning?.hint === undefined ? options : { ...options, hint: meaning.hint };
  switch (meaning?.category) {
    case 'input':
      return new InputError(message, hinted);
    case 'transient':
      return new TransientError(message, hinted);
    case 'resource':
      return new ResourceError(message, hinted);
    default:
      return new FatalError(message, hinted);
  }
}

/** The tool's last lines in the place of a traceback. */
function lastWords(lines: string[]): Error {
  const error = new Error(lines.at(-1) ?? '');
  error.name = 'ToolOutput';
  error.stack = lines.join('\n');
  return error;
}
