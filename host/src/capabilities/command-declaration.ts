import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type CommandDeclaration, checkCommandDeclaration } from '@capstan/worker/command';
import { type BuiltEnvironment, publish, type Snapshot } from '../environments/index.ts';
import { HostError } from '../errors.ts';
import type { CapabilityDeclaration } from './declaration.ts';
import { readYamlText } from './read-text.ts';
import type { Source } from './source.ts';
import { problemsError, YamlText } from './yaml-text.ts';

/** A command declaration that has been read and checked, in the JSON form its worker loads. */
export interface CompiledCommand {
  declaration: CommandDeclaration;
  sha256: string;
}

/** Reads the YAML of a command capability; every problem has its line. */
export async function compileCommand(
  { name, where }: CapabilityDeclaration,
  source: Source,
  file: string,
): Promise<CompiledCommand> {
  if (source.kind !== 'file' || !/^\.(ya?ml|json)$/.test(extname(source.path))) {
    const message = `${name} is a command: its source must be the YAML file that declares it`;
    throw problemsError('DECLARATION_INVALID', file, [{ message, ...where('source') }]);
  }
  const text = await readYamlText(source.path, missingSource);
  const declaration = parseCommand(text, source.path);
  return { declaration, sha256: sha256(JSON.stringify(declaration)) };
}

/** Throws `DECLARATION_INVALID` with every problem at once. */
export function parseCommand(text: string, file: string): CommandDeclaration {
  const yaml = new YamlText(text, file);
  const problems =
    yaml.problems.length > 0
      ? yaml.problems
      : checkCommandDeclaration(yaml.value).map(({ path, message, hint }) => ({
          message: path.length === 0 ? message : `${path.join('.')}: ${message}`,
          ...(hint === undefined ? {} : { hint }),
          ...yaml.position(path),
        }));
  if (problems.length > 0) throw problemsError('DECLARATION_INVALID', file, problems);
  const declaration: CommandDeclaration = JSON.parse(JSON.stringify(yaml.value));
  return declaration;
}

/** Puts the declaration into the environment's code folder, with the executable that a package brought. */
export async function snapshotCommand(
  { declaration, sha256: hash }: CompiledCommand,
  built: BuiltEnvironment,
): Promise<Snapshot> {
  const folder = join(built.folder, 'code', hash);
  const executable = built.record.executable ?? declaration.executable;
  const text = JSON.stringify({ ...declaration, executable }, null, 2);
  await publish(folder, (temp) => writeFile(join(temp, 'command.json'), `${text}\n`));
  return { sha256: hash, folder, path: join(folder, 'command.json') };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** It was there a moment ago, when the source was looked at. */
const missingSource = (cause: unknown): HostError =>
  new HostError('FILE_NOT_FOUND', 'The YAML file of a command has gone.', { cause });
