import { readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { HostError } from '../errors.ts';
import { CompositionBuilder } from './builder.ts';
import { isObject } from './composition.ts';
import { defaultExport } from './module.ts';
import { suggest } from './suggest.ts';
import { type CompositionSource, parseSource, readComposition } from './parse.ts';

const modules = ['.ts', '.mts', '.js', '.mjs'];
const texts = ['.yaml', '.yml', '.json'];

/**
 * The composition in a file: YAML, JSON, or a module whose default export is a builder or a composition.
 * A module is executed, so this is for the one file a user has named, never for a look around a folder.
 * Throws FILE_NOT_FOUND, USAGE for other kinds of files, COMPOSITION_INVALID.
 */
export async function loadComposition(
  path: string,
  cwd = process.cwd(),
): Promise<CompositionSource> {
  const absolute = resolve(cwd, path);
  const extension = extname(path).toLowerCase();
  if (![...texts, ...modules].includes(extension)) {
    throw new HostError('USAGE', `${path} is not a composition: it ends in "${extension}"`, {
      hint: suggest(extension, [...texts, ...modules], 'compositions end in'),
    });
  }
  const text = await readFile(absolute, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      throw new HostError('FILE_NOT_FOUND', `there is no composition at ${path}`, {
        details: { file: absolute },
      });
    }
    throw new HostError('FILE_NOT_FOUND', `${path} cannot be read: ${error.message}`, {
      cause: error,
    });
  });
  const source = texts.includes(extension)
    ? parseSource(text, path)
    : await fromModule(absolute, path);
  return { ...source, folder: dirname(absolute) };
}

async function fromModule(absolute: string, path: string): Promise<CompositionSource> {
  const exported = await defaultExport(absolute, path);
  const composition = isBuilder(exported) ? exported.build() : readComposition(exported, path);
  return { composition, file: path, locate: () => undefined };
}

/** Not by class: the module may bring its own copy of this package. */
const isBuilder = (value: unknown): value is Pick<CompositionBuilder, 'build'> =>
  value instanceof CompositionBuilder || (isObject(value) && typeof value['build'] === 'function');
