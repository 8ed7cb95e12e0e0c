import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { archiveDistribution, importName, packageName, type Source } from '../source.ts';

/**
 * The import name of a package for cjm-substrate, whose capability lies in its module `capability`. What
 * introspection answers is the module itself.
 */
export async function cjmModuleOf(declared: string | null, source: Source): Promise<string> {
  if (declared !== null) return declared;
  switch (source.kind) {
    case 'package':
      return importName(repositoryName(source.spec) ?? packageName(source.spec));
    case 'archive':
      return importName((await projectName(source.path)) ?? archiveDistribution(source.path));
    case 'file':
    case 'folder':
      return importName(basename(source.path).replace(/\.py$/, ''));
    case 'none':
      return '';
    default:
      return source satisfies never;
  }
}

/** Of `git+https://…/cjm-capability-whisper.git@main`. */
const repositoryName = (spec: string): string | null =>
  /^git\+.*\/([^/@#]+?)(?:\.git)?(?:[@#].*)?$/.exec(spec)?.[1] ?? null;

/** The distribution that a project folder makes; null for what is no such folder. */
async function projectName(folder: string): Promise<string | null> {
  const text = await readFile(join(folder, 'pyproject.toml'), 'utf8').catch(() => null);
  if (text === null) return null;
  const project = /^\[project\]$([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(text)?.[1] ?? '';
  return /^name\s*=\s*["']([^"']+)["']/m.exec(project)?.[1] ?? basename(folder);
}
