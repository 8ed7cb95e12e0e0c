import { stat } from 'node:fs/promises';
import { type ErrorCode, errorTable } from '../error-table.ts';
import { HostError, messageOf } from '../errors.ts';
import { describeEnd } from './ending.ts';
import type { HandshakeOutcome } from './handshake.ts';
import type { WorkerSpec } from './spawn.ts';

/**
 * Why a worker did not start, in one error: what happened, how it was started, what its environment says,
 * the import error if there is one, and its last words.
 */
export async function startFailure(
  spec: WorkerSpec,
  outcome: Exclude<HandshakeOutcome, { kind: 'ready' }>,
  lastLines: readonly string[],
): Promise<HostError> {
  if (outcome.kind === 'abandoned') {
    return new HostError('CANCELLED', `${spec.label}: the start of its worker was cancelled`);
  }
  const { code, what } = summarise(outcome);
  const importError = findImportError(lastLines);
  const facts = [
    `command: ${spec.command.join(' ')}`,
    `folder: ${spec.cwd}`,
    ...(await environmentLines(spec)),
    ...(importError === null ? [] : [`import error: ${importError}`]),
  ];
  const output = lastLines.map((line) => `  | ${line}`);
  const words = output.length === 0 ? ['It printed nothing.'] : ['Its last output:', ...output];
  return new HostError(code, [`${spec.label}: ${what}`, ...facts, ...words].join('\n'), {
    ...(outcome.kind === 'refused' ? { category: outcome.error.category } : {}),
    hint: hintFor(outcome, importError),
    details: {
      capability: spec.label,
      reason: outcome.kind,
      ...(outcome.kind === 'exited'
        ? { exitCode: outcome.end.code, signal: outcome.end.signal }
        : {}),
      ...(outcome.kind === 'refused' ? { error: outcome.error } : {}),
      diagnosis: facts,
      output: lastLines,
    },
  });
}

/** The program could not be executed: it is missing, not executable, or its folder is. */
export async function spawnFailure(spec: WorkerSpec, cause: unknown): Promise<HostError> {
  const program = spec.command[0] ?? '';
  const folder = await stat(spec.cwd).catch(() => null);
  const what =
    folder?.isDirectory() === true
      ? `${program} could not be started: ${messageOf(cause)}`
      : `its folder ${spec.cwd} does not exist`;
  const facts = [`command: ${spec.command.join(' ')}`, ...(await environmentLines(spec))];
  return new HostError('WORKER_START_FAILED', [`${spec.label}: ${what}`, ...facts].join('\n'), {
    cause,
    hint: reinstall,
    details: { capability: spec.label, reason: 'spawn', diagnosis: facts },
  });
}

const reinstall = 'Build its environment again: capstan install';

type Failure = Exclude<HandshakeOutcome, { kind: 'ready' | 'abandoned' }>;

function summarise(outcome: Failure): { code: ErrorCode; what: string } {
  if (outcome.kind === 'skew') return { code: 'VERSION_SKEW', what: outcome.message };
  if (outcome.kind === 'refused' && outcome.error.code === 'VERSION_SKEW') {
    return { code: 'VERSION_SKEW', what: outcome.error.message };
  }
  const isHung = outcome.kind === 'silent' || outcome.kind === 'slow';
  return { code: isHung ? 'WORKER_NOT_READY' : 'WORKER_START_FAILED', what: whatHappened(outcome) };
}

function whatHappened(outcome: Failure): string {
  if (outcome.kind === 'silent') {
    return `the worker was not ready, and printed nothing for ${outcome.ms / 1000} s`;
  }
  if (outcome.kind === 'slow') return `the worker was still not ready after ${outcome.ms / 1000} s`;
  if (outcome.kind === 'refused') return outcome.error.message;
  if (outcome.kind !== 'exited') return outcome.message;
  const { message } = describeEnd(outcome.end, { wasStopped: false, oomKills: 0 });
  return `the worker ${message} before it was ready`;
}

function hintFor(outcome: Failure, importError: string | null): string {
  if (outcome.kind === 'refused' && outcome.error.hint !== undefined) return outcome.error.hint;
  if (importError !== null) {
    return 'Add what is missing to the requirements of the capability, then run: capstan install';
  }
  const { code } = summarise(outcome);
  return errorTable[code].hint ?? reinstall;
}

/** How Python, Node and the loader of shared libraries say that something to import is missing. */
const importErrors = [
  /\b(?:ModuleNotFoundError|ImportError): .+/,
  /\b(?:Error \[ERR_MODULE_NOT_FOUND\]|Error: Cannot find (?:module|package)).*/,
  /\b(?:ERR_MODULE_NOT_FOUND|cannot open shared object file).*/,
  /\bSyntaxError: .+/,
];

function findImportError(lines: readonly string[]): string | null {
  for (const pattern of importErrors) {
    const line = lines.findLast((candidate) => pattern.test(candidate));
    const found = line === undefined ? undefined : pattern.exec(line)?.[0];
    if (found !== undefined) return found;
  }
  return null;
}

async function environmentLines(spec: WorkerSpec): Promise<string[]> {
  try {
    return (await spec.diagnose?.()) ?? [];
  } catch (error) {
    return [`the environment could not be examined: ${messageOf(error)}`];
  }
}
