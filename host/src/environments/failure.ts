import { homedir } from 'node:os';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HostError } from '../errors.ts';
import { condaComplaint, condaUnsolvable, unknownChannel } from './conda/failure.ts';
import { type CondaKind, isCondaKind } from './conda/kinds.ts';
import type { ToolEnd } from './run-tool.ts';

export type BuildTool = 'pip' | 'uv' | 'npm' | 'python' | CondaKind;

const diskFull = /No space left on device|ENOSPC|os error 28\b|Disk quota exceeded|EDQUOT/i;
const offline =
  /EAI_AGAIN|\bENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|NewConnectionError|ConnectTimeout|Temporary failure in name resolution|error sending request|Connection refused|dns error|Could ?n[o']t resolve host|CONNECTION FAILED|HTTP 000|Failed to connect to|Network is unreachable/i;
const unsolvable: { readonly [tool in BuildTool]: RegExp } = {
  pip: /ResolutionImpossible|No matching distribution found|conflicting dependencies|requires a different Python|HASHES ARE REQUIRED|DO NOT MATCH THE HASHES|Invalid requirement/i,
  uv: /No solution found|was not found in the package registry|requires Python|Hash mismatch|--require-hashes|Failed to parse|Couldn't parse/i,
  npm: /\bERESOLVE\b|\bETARGET\b|\bE404\b|\bEBADENGINE\b|\bEBADPLATFORM\b|\bEUSAGE\b|\bEINVALIDTAGNAME\b|\bEINTEGRITY\b/,
  python: /$^/,
  conda: condaUnsolvable,
  mamba: condaUnsolvable,
  micromamba: condaUnsolvable,
  pixi: condaUnsolvable,
};

const otherHash = /DO NOT MATCH THE HASHES|Hash mismatch|EINTEGRITY/;
const hashHint =
  'What was fetched is not what the lock was made for. If you trust it, make the lock anew; if not, find out who changed it.';
const requirementsHint =
  'Change the requirements of this capability in capstan.yaml, then run `capstan install` again.';

/** Why a build ended, as the error its user sees: the tool's own words, and what they amount to. */
export async function failureOf(
  what: string,
  tool: BuildTool,
  end: ToolEnd,
  folder: string,
): Promise<HostError> {
  const words = lastWords(tool, end.lines);
  const details = { tool, exitCode: end.code, signal: end.signal, output: end.lines.slice(-40) };
  const text = end.lines.join('\n');
  const said = words === '' ? ` It printed nothing (${exitOf(end)}).` : `\n${words}`;
  if (end.kind === 'aborted') {
    return new HostError('INTERRUPTED', `${what} was not built: interrupted.`, { details });
  }
  if (diskFull.test(text)) return diskFullError(what, folder, { ...details, words });
  const channel = isCondaKind(tool) ? unknownChannel(text) : null;
  if (channel !== null) {
    return new HostError(
      'ENV_UNSOLVABLE',
      `${what} cannot be installed: the channel ${channel} does not exist, or cannot be read. ${tool} says:${said}`,
      { hint: 'Correct `channels` of this capability, then run `capstan install` again.', details },
    );
  }
  if (offline.test(text)) {
    return new HostError(
      'ENV_BUILD_FAILED',
      `${what} could not be built: ${tool} has no network.${said}`,
      {
        category: 'transient',
        hint: 'Check the connection and the proxy settings, then run `capstan install` again.',
        details,
      },
    );
  }
  if (unsolvable[tool].test(text)) {
    return new HostError(
      'ENV_UNSOLVABLE',
      `${what} cannot be installed as written. ${tool} says:${said}`,
      { hint: otherHash.test(text) ? hashHint : requirementsHint, details },
    );
  }
  return new HostError('ENV_BUILD_FAILED', `${what} could not be built. ${tool} says:${said}`, {
    hint: "The lines above are the tool's own; fix what they name, then run `capstan install` again.",
    details,
  });
}

/** Says how much is free and where: the environments and the user's caches may lie on different disks. */
export async function diskFullError(
  what: string,
  folder: string,
  details: { [key: string]: unknown } = {},
): Promise<HostError> {
  const free = await Promise.all([folder, homedir()].map(freeAt));
  const places = [...new Map(free.map((place) => [place.device, place])).values()];
  const listed = places.map(({ path, bytes }) => `${inMb(bytes)} free at ${path}`).join(', ');
  return new HostError('ENV_DISK_FULL', `${what} does not fit on the disk: ${listed}.`, {
    hint: 'Free some space, or set XDG_DATA_HOME to a folder on a larger disk.',
    details: { ...details, free: places.map(({ path, bytes }) => ({ path, bytes })) },
  });
}

/** A full disk that we met ourselves, while copying, rather than a tool. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

async function freeAt(wanted: string): Promise<{ path: string; bytes: number; device: string }> {
  let path = wanted;
  while (!existsSync(path) && path !== dirname(path)) path = dirname(path);
  const { bavail, bsize, blocks, type } = await statfs(path);
  return { path, bytes: bavail * bsize, device: `${type}:${blocks}:${bavail}` };
}

const inMb = (bytes: number): string => `${Math.floor(bytes / 1e6).toLocaleString('en-US')} MB`;

/** From the tool's first complaint to its end, without the noise it adds, twelve lines at most. */
function lastWords(tool: BuildTool, lines: readonly string[]): string {
  const isComplaint: { [name in BuildTool]: RegExp } = {
    pip: /^\s*(ERROR|error)[:\s]/,
    uv: /^\s*(error|Failed|×)/i,
    npm: /^npm (error|ERR!)/,
    python: /^\s*(Error|Traceback|.*Error:)/,
    conda: condaComplaint,
    mamba: condaComplaint,
    micromamba: condaComplaint,
    pixi: condaComplaint,
  };
  const usage = lines.findIndex((line) => line.startsWith('npm error Usage:'));
  const kept = lines
    .slice(0, usage === -1 ? undefined : usage)
    .filter((line) => !isNoise.test(line));
  const first = kept.findIndex((line) => isComplaint[tool].test(line));
  const words = first === -1 ? kept.slice(-8) : kept.slice(first).slice(0, 12);
  return words.map((line) => `  ${line}`).join('\n');
}

const isNoise =
  /^\s*$|A complete log of this run|\[notice\]|^npm (error|ERR!)( \d+)?\s*$|^npm (error|ERR!) Clean install a project|debug-0\.log/;

const exitOf = (end: ToolEnd): string =>
  end.signal === null ? `exit code ${end.code}` : `ended by ${end.signal}`;
