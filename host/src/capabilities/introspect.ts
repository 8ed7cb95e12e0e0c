import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Introspection } from '@capstan/protocol';
import { defaults } from '../defaults.ts';
import { runTool } from '../environments/index.ts';
import { introspectionCommand } from './cjm/command.ts';
import { type CopiedCode, introspectionFailure } from './introspection-failure.ts';
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
  /** Every adapter that the module brings, too. */
  findAdapters: boolean;
  /** Where the copied code comes from; null for code of a package. */
  code: CopiedCode | null;
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
  await removeAbandoned();
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  try {
    const out = join(folder, 'introspection.json');
    const end = await runTool({
      command: [
        ...introspectionCommand(request.command),
        'introspect',
        `--out=${out}`,
        `--module=${request.module}`,
        ...(request.class === '' ? [] : [`--class=${request.class}`]),
        ...request.adapters.map((adapter) => `--adapter=${adapter}`),
        ...(request.findAdapters ? ['--find-adapters'] : []),
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
    throw introspectionFailure(request.name, request.module, request.code, end, answer);
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

const prefix = 'capstan-introspect-';

/** Folders of installers that were killed; each names its process, and one that lives keeps its own. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(prefix)
      ? Number.parseInt(name.slice(prefix.length), 10)
      : Number.NaN;
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    // oxlint-disable-next-line no-await-in-loop -- rarely any; another user's folder stays
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
