import { dirname } from 'node:path';
import { HostError } from '../errors.ts';
import { readYamlText } from './read-text.ts';
import { type Requirements, requirementsOf } from './requirements-file.ts';
import { type Problem, problemsError, YamlText } from './yaml-text.ts';

/** An `environment.yml`, as far as it says what to install. */
export interface CondaFile {
  channels: string[];
  packages: string[];
  pip: Requirements;
  /** What it says and we do not do, in sentences. */
  notes: string[];
}

/** Reads an `environment.yml`. Throws `DECLARATION_INVALID` with every problem at its line. */
export async function readCondaFile(file: string): Promise<CondaFile> {
  const text = await readYamlText(
    file,
    (cause) =>
      new HostError('FILE_NOT_FOUND', `There is no environment file ${file}.`, {
        cause,
        details: { path: file },
      }),
  );
  const { channels, packages, pipLines, notes } = parseCondaFile(text, file);
  return { channels, packages, pip: await requirementsOf(pipLines, dirname(file)), notes };
}

export interface ParsedCondaFile {
  channels: string[];
  packages: string[];
  pipLines: string[];
  notes: string[];
}

/** Members that decide nothing about what is installed. */
const silent = new Set(['name', 'prefix', 'channels', 'dependencies']);

export function parseCondaFile(text: string, file: string): ParsedCondaFile {
  const yaml = new YamlText(text, file);
  const problems: Problem[] = [...yaml.problems];
  const { value } = yaml;
  const found: ParsedCondaFile = { channels: [], packages: [], pipLines: [], notes: [] };
  const complain = (message: string, ...path: PropertyKey[]) =>
    problems.push({ message, ...yaml.position(path) });
  if (problems.length === 0) {
    if (isMapping(value)) read(value, found, complain);
    else complain('it must be a mapping with `dependencies`');
  }
  if (problems.length > 0) throw problemsError('DECLARATION_INVALID', file, problems);
  return found;
}

type Complain = (message: string, ...path: PropertyKey[]) => void;

function read(value: Mapping, found: ParsedCondaFile, complain: Complain): void {
  const { channels = [], dependencies } = value;
  for (const member of Object.keys(value)) {
    if (member === 'variables') {
      found.notes.push(
        '`variables` of the environment file are not set: no activation script runs. Name them under `env`, or as configuration.',
      );
    } else if (!silent.has(member)) {
      found.notes.push(`\`${member}\` of the environment file is not used.`);
    }
  }
  listOf(channels, 'channels', complain).forEach((channel, index) => {
    if (typeof channel !== 'string') complain('a channel must be text', 'channels', index);
    // `nodefaults` asks for what is always so here: only channels that are named count.
    else if (channel !== 'nodefaults') found.channels.push(channel);
  });
  if (dependencies === undefined || dependencies === null) {
    complain('`dependencies` is missing: there is nothing to install');
    return;
  }
  listOf(dependencies, 'dependencies', complain).forEach((one, index) => {
    if (typeof one === 'string') found.packages.push(one);
    else if (isMapping(one) && Object.keys(one).length === 1 && 'pip' in one) {
      readPip(one['pip'], index, found, complain);
    } else {
      const what = 'a dependency is a match spec such as "numpy=1.26", or a list under `pip:`';
      complain(what, 'dependencies', index);
    }
  });
}

function readPip(value: unknown, index: number, found: ParsedCondaFile, complain: Complain): void {
  if (Array.isArray(value) && value.every((line) => typeof line === 'string')) {
    found.pipLines.push(...value);
  } else {
    complain('`pip` must be a list of requirements', 'dependencies', index, 'pip');
  }
}

function listOf(value: unknown, name: string, complain: Complain): unknown[] {
  if (Array.isArray(value)) return value;
  complain(`\`${name}\` must be a list`, name);
  return [];
}

interface Mapping {
  [name: string]: unknown;
}

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
