import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuiltEnvironment, publish, type Snapshot } from '../environments/index.ts';
import { HostError } from '../errors.ts';
import type { CapabilityDeclaration } from './declaration.ts';
import type { Source } from './source.ts';
import { problemsError, YamlText } from './yaml-text.ts';

interface CommandDeclaration {
  executable: string;
}

/** A command declaration that has been read and checked, in the JSON form its worker loads. */
export interface CompiledCommand {
  declaration: CommandDeclaration;
  sha256: string;
}

/** Reads the YAML of a command capability; every problem has its line. */
export async function compileCommand(
  { name, where }: CapabilityDeclaration,
  source: Source,
): Promise<CompiledCommand> {
  if (source.kind !== 'file') {
    const { line, column } = where('source');
    throw new HostError(
      'DECLARATION_INVALID',
      `${name} is a command: its source must be the YAML file that declares it.`,
      { details: { line, column } },
    );
  }
  const yaml = new YamlText(await readFile(source.path, 'utf8'), source.path);
  if (yaml.problems.length > 0) {
    throw problemsError('DECLARATION_INVALID', source.path, yaml.problems);
  }
  const declaration = yaml.value as CommandDeclaration;
  return { declaration, sha256: sha256(JSON.stringify(declaration)) };
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
