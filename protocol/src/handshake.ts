import { readWireError, wireError } from './errors.ts';
import type { StartLine, TracebackPolicy, VersionRange, WireError } from './messages.ts';

/** The protocol versions this package speaks. */
export const protocolVersions: VersionRange = [1, 1];

export type Negotiated = { kind: 'agreed'; version: number } | { kind: 'skew'; message: string };

/** The highest version both speak, or a sentence that names both ranges. */
export function negotiate(host: VersionRange, worker: VersionRange): Negotiated {
  const version = Math.min(host[1], worker[1]);
  if (version >= Math.max(host[0], worker[0])) return { kind: 'agreed', version };
  const older = host[1] < worker[0] ? 'Capstan' : "the capability's worker SDK";
  return {
    kind: 'skew',
    message:
      `the host speaks protocol ${rangeText(host)} and this worker ${rangeText(worker)}; ` +
      `update ${older} so that they share a version`,
  };
}

const rangeText = ([lowest, highest]: VersionRange): string =>
  lowest === highest ? `version ${lowest}` : `versions ${lowest} to ${highest}`;

export function formatStartLine(start: StartLine): string {
  return `${JSON.stringify(start)}\n`;
}

export type ParsedStart =
  | { kind: 'start'; start: StartLine }
  | { kind: 'refused'; error: WireError };

/** What a worker makes of the line on its stdin. `worker` is the range it speaks. */
export function parseStartLine(line: string, worker: VersionRange = protocolVersions): ParsedStart {
  let found: unknown;
  try {
    found = JSON.parse(line);
  } catch {
    return refused('START_LINE_INVALID', 'the first line on stdin is not JSON');
  }
  if (!isRecord(found) || found['capstan'] !== 1) {
    return refused(
      'START_LINE_INVALID',
      'the first line on stdin is not a Capstan start line ("capstan": 1)',
    );
  }
  if (!isRange(found['protocol'])) {
    return refused('START_LINE_INVALID', 'the start line lacks "protocol": [lowest, highest]');
  }
  const versions = negotiate(found['protocol'], worker);
  if (versions.kind === 'skew') return refused('VERSION_SKEW', versions.message);
  const problem = startProblem(found);
  if (problem !== null) return refused('START_LINE_INVALID', `the start line's ${problem}`);
  return { kind: 'start', start: found as unknown as StartLine };
}

/** From the most that may leave a worker to the least. */
export const tracebackPolicies = ['full', 'repr-only', 'none'] as const satisfies TracebackPolicy[];

const logLevels = ['debug', 'info', 'warning', 'error'];

function startProblem(found: { [key: string]: unknown }): string | null {
  for (const key of ['session', 'listen', 'token', 'module', 'class']) {
    if (typeof found[key] !== 'string') return `"${key}" must be a string`;
  }
  if (found['token'] === '') return '"token" must not be empty';
  if (parseAddress(found['listen'] as string) === null) {
    return '"listen" must be unix:/absolute/path or tcp:127.0.0.1:PORT';
  }
  const { adapters, dirs, secrets, logLevel } = found;
  if (!Array.isArray(adapters) || !adapters.every((item) => typeof item === 'string')) {
    return '"adapters" must be a list of module:Class';
  }
  if (
    !isRecord(dirs) ||
    !['data', 'models', 'calls'].every((key) => typeof dirs[key] === 'string')
  ) {
    return '"dirs" must name "data", "models" and "calls"';
  }
  if (!isRecord(secrets) || !Object.values(secrets).every((item) => typeof item === 'string')) {
    return '"secrets" must map names to strings';
  }
  const exported = found['exported'] ?? [];
  if (!Array.isArray(exported) || !exported.every((item) => typeof item === 'string')) {
    return '"exported" must be a list of names';
  }
  if (!logLevels.includes(logLevel as string)) {
    return `"logLevel" must be one of ${logLevels.join(', ')}`;
  }
  return [undefined, ...tracebackPolicies].includes(found['tracebacks'] as TracebackPolicy)
    ? null
    : `"tracebacks" must be one of ${tracebackPolicies.join(', ')}`;
}

function refused(code: string, message: string): ParsedStart {
  return { kind: 'refused', error: wireError({ category: 'fatal', code, message }) };
}

export type Address = { kind: 'unix'; path: string } | { kind: 'tcp'; host: string; port: number };

/** `unix:/absolute/path.sock` or `tcp:127.0.0.1:PORT`; null for anything else, other hosts included. */
export function parseAddress(text: string): Address | null {
  if (text.startsWith('unix:/')) return { kind: 'unix', path: text.slice('unix:'.length) };
  const port = Number(/^tcp:127\.0\.0\.1:(\d{1,5})$/.exec(text)?.[1] ?? Number.NaN);
  return port <= 65_535 ? { kind: 'tcp', host: '127.0.0.1', port } : null;
}

export function formatReadyLine(address: string): string {
  return `capstan 1 ${address}\n`;
}

export function formatStartError(error: WireError): string {
  return `capstan 1 error ${JSON.stringify(error)}\n`;
}

export type Ready =
  | { kind: 'ready'; address: string }
  | { kind: 'error'; error: WireError }
  /** Begins like a handshake, and is none: a worker of another version, or a broken one. */
  | { kind: 'malformed'; message: string };

/** What a host makes of a line of a worker's stdout. Null for a line that is mere output. */
export function parseReadyLine(line: string): Ready | null {
  const match = /^capstan (\d+) (\S+)(?: (.*))?$/.exec(line.trimEnd());
  if (match === null) return null;
  const [, version, word = '', rest = ''] = match;
  if (version !== '1') {
    return {
      kind: 'malformed',
      message: `the worker answers with handshake ${version}; this host knows 1`,
    };
  }
  if (word === 'error') return parseStartError(rest);
  if (rest === '' && parseAddress(word) !== null) return { kind: 'ready', address: word };
  return {
    kind: 'malformed',
    message: `the worker is ready at ${JSON.stringify(word)}, which is no address`,
  };
}

function parseStartError(text: string): Ready {
  try {
    const error = readWireError(JSON.parse(text));
    if (error !== null) return { kind: 'error', error };
  } catch {
    // falls through to the answer below: the text is all there is
  }
  return {
    kind: 'malformed',
    message: `the worker failed to start and said ${JSON.stringify(text)}`,
  };
}

const isRecord = (value: unknown): value is { [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isRange = (value: unknown): value is VersionRange =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((bound) => Number.isInteger(bound) && bound >= 1) &&
  value[0] <= value[1];
