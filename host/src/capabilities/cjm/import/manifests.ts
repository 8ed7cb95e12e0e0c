import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError, messageOf } from '../../../errors.ts';
import { parseManifest } from '../../manifest.ts';

/** A manifest that another program wrote, as far as a declaration follows from it. */
export interface CjmManifest {
  file: string;
  /** `2.0`, or `1.0` for the flat form of the earlier system. */
  format: '2.0' | '1.0';
  name: string;
  version: string;
  module: string;
  class: string;
  packageSource: string;
  pythonPath: string;
  condaEnv: string;
  envVars: string[];
  /** Members that no declaration of ours has a place for. */
  unused: string[];
}

export interface FoundManifests {
  capabilities: CjmManifest[];
  /** Files of adapters; their capabilities name them. */
  adapters: { file: string; spec: string; condaEnv: string }[];
  /** Files that cannot be read; the others still count. */
  problems: FileProblem[];
}

export interface FileProblem {
  file: string;
  line: number;
  column: number;
  message: string;
}

/** Reads the manifests of a folder. One that is not there holds none. */
export async function readCjmManifests(folder: string): Promise<FoundManifests> {
  const names: string[] = await readdir(folder).catch(() => []);
  const found: FoundManifests = { capabilities: [], adapters: [], problems: [] };
  for (const name of names.toSorted()) {
    // oxlint-disable-next-line no-await-in-loop -- a few small files
    if (name.endsWith('.json')) await readCjmManifest(join(folder, name), found);
  }
  return found;
}

export async function readCjmManifest(file: string, found: FoundManifests): Promise<void> {
  try {
    take(await readFile(file, 'utf8'), file, found);
  } catch (error) {
    const place = placeOf(error);
    const message = messageOf(error).replace(`The manifest ${file} cannot be used: `, '');
    found.problems.push({ file, ...place, message });
  }
}

function take(text: string, file: string, found: FoundManifests): void {
  const value: unknown = parseJson(text);
  if (!isRecord(value)) throw new HostError('MANIFEST_INVALID', 'it is not an object');
  if (value['unit'] === 'adapter') {
    const spec = `${textIn(value, 'module')}:${textIn(value, 'class')}`;
    found.adapters.push({ file, spec, condaEnv: textIn(value, 'conda_env') });
  } else if (value['format_version'] === undefined && isFlat(value)) {
    found.capabilities.push(flat(value, file));
  } else {
    const { install, code, document } = parseManifest(text, file);
    const recorded = isRecord(document['install']) ? document['install'] : {};
    found.capabilities.push({
      file,
      format: '2.0',
      name: code.name,
      version: code.version,
      module: code.module,
      class: code.class,
      packageSource: install.package_source,
      pythonPath: install.python_path,
      condaEnv: textIn(recorded, 'conda_env'),
      envVars: Object.keys(install.env_vars),
      unused: [],
    });
  }
}

/** The flat form has no sections and no version. */
const isFlat = (value: { [key: string]: unknown }): boolean =>
  typeof value['python_path'] === 'string' && typeof value['module'] === 'string';

const flatMembers = [
  'name',
  'version',
  'description',
  'module',
  'class',
  'python_path',
  'conda_env',
  'package_source',
  'env_vars',
  'config_schema',
  'installed_at',
  'installer_version',
  'worker_env',
  'resources',
  'db_path',
];

function flat(value: { [key: string]: unknown }, file: string): CjmManifest {
  const name = textIn(value, 'name');
  if (name === '') throw new HostError('MANIFEST_INVALID', 'name: must not be blank');
  return {
    file,
    format: '1.0',
    name,
    version: textIn(value, 'version'),
    module: textIn(value, 'module'),
    class: textIn(value, 'class'),
    packageSource: textIn(value, 'package_source'),
    pythonPath: textIn(value, 'python_path'),
    condaEnv: textIn(value, 'conda_env'),
    envVars: isRecord(value['env_vars']) ? Object.keys(value['env_vars']) : [],
    unused: Object.keys(value).filter((member) => !flatMembers.includes(member)),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const said = messageOf(error);
    const offset = Number(/at position (\d+)/.exec(said)?.[1] ?? text.length);
    const before = text.slice(0, offset).split('\n');
    const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    const what = said.replace(/ \(line \d+ column \d+\)$/, '');
    throw new HostError('MANIFEST_INVALID', `it is not JSON (${what})`, { details: place });
  }
}

function placeOf(error: unknown): { line: number; column: number } {
  const { line, column } = error instanceof HostError ? error.details : {};
  return {
    line: typeof line === 'number' ? line : 1,
    column: typeof column === 'number' ? column : 1,
  };
}

const textIn = (value: { [key: string]: unknown }, member: string): string => {
  const found = value[member];
  return typeof found === 'string' ? found : '';
};

const isRecord = (value: unknown): value is { [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
