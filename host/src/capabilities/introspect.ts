import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Introspection } from '@capstan/protocol';
import { defaults } from '../defaults.ts';
import { runTool, type ToolEnd } from '../environments/index.ts';
import { HostError } from '../errors.ts';
import { isPythonObject, parsePythonJson, plainJson, type PythonObject } from './python-json.ts';

export interface IntrospectRequest {
  /** For messages: the capability's name. */
  name: string;
  /** What starts a worker in the environment; `introspect` and its options are appended. */
  command: readonly string[];
  env: Record<string, string>;
  module: string;
  class: string;
  adapters: readonly string[];
  signal?: AbortSignal | undefined;
}

export interface Introspected {
  /** As it was written, for hashes and the manifest. */
  document: PythonObject;
  /** The same, for us. */
  facts: Introspection;
}

/**
 * Imports a capability inside its own environment and asks what it offers. It runs in a process group of
 * its own and answers through a file, so whatever it prints is harmless. Throws `INTROSPECTION_FAILED`
 * with the import error and the last lines of output.
 */
export async function introspect(request: IntrospectRequest): Promise<Introspected> {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-introspect-'));
  try {
    const out = join(folder, 'introspection.json');
    const end = await runTool({
      command: [
        ...request.command,
        'introspect',
        `--out=${out}`,
        `--module=${request.module}`,
        ...(request.class === '' ? [] : [`--class=${request.class}`]),
        ...request.adapters.map((adapter) => `--adapter=${adapter}`),
      ],
      cwd: folder,
      env: request.env,
      timeoutMs: defaults.introspectMs,
      signal: request.signal,
    });
    const answer = await readAnswer(out);
    if (end.kind === 'exited' && end.code === 0 && answer !== null && isComplete(answer)) {
      // The SDKs' own tests hold them to this shape; here only its presence is in question.
      const facts: Introspection = JSON.parse(JSON.stringify(plainJson(answer)));
      return { document: answer, facts };
    }
    throw failure(request, end, answer);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readAnswer(file: string): Promise<PythonObject | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const value = parsePythonJson(text);
    return isPythonObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isComplete = (answer: PythonObject): boolean =>
  ['name', 'structural_surface', 'actions', 'adapters', 'runtime', 'sdk'].every(
    (member) => answer[member] !== undefined,
  );

function failure(
  { name, module }: IntrospectRequest,
  end: ToolEnd,
  answer: PythonObject | null,
): HostError {
  if (end.kind === 'aborted') {
    return new HostError('INTERRUPTED', `The installation of ${name} was interrupted.`);
  }
  const told = answer?.['error'];
  const said = isPythonObject(told) ? told : {};
  const reason = text(said['message']) ?? howItEnded(end);
  const lines = end.lines.slice(-defaults.diagnosisLines);
  const printed = lines.length === 0 ? '' : `\nIts last output:\n${indented(lines)}`;
  const code = text(said['code']);
  return new HostError(
    'INTROSPECTION_FAILED',
    `${name} could not be loaded in its environment: ${reason}${printed}`,
    {
      hint: text(said['hint']) ?? hintFor(reason),
      details: {
        module,
        exitCode: end.code,
        traceback: text(said['traceback']),
        output: lines,
        code,
      },
    },
  );
}

function howItEnded(end: ToolEnd): string {
  if (end.kind === 'timed-out') {
    return `importing it took longer than ${defaults.introspectMs / 1000} s`;
  }
  return end.signal === null
    ? `its process ended with exit code ${end.code} and no answer`
    : `its process was ended by ${end.signal}`;
}

function hintFor(reason: string): string {
  return /No module named|Cannot find (module|package)/.test(reason)
    ? 'Add the package to the requirements of this capability; for a file of your own, name its folder as `source`.'
    : 'Run the module in its environment to see the whole error, then `capstan install` again.';
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const indented = (lines: readonly string[]): string => lines.map((line) => `  ${line}`).join('\n');
