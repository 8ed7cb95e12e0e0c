import { type Environment, git } from './git.ts';

/** The repository that a tree lies in. */
export interface Repository {
  top: string;
  env: Environment;
  /** A path of the repository as one of the tree; what is outside of the tree begins with `../`. */
  inTree: (path: string) => string;
}

export type Found =
  | { kind: 'repository'; repository: Repository }
  | { kind: 'unknown'; why: string };

export async function repositoryOf(tree: string, env: Environment): Promise<Found> {
  const said = await git(tree, ['rev-parse', '--show-toplevel', '--show-prefix'], env);
  if (said.kind === 'unknown') return said;
  const [top = '', prefix = ''] = said.text.split('\n');
  if (top === '')
    return { kind: 'unknown', why: 'the repository has no files of its own (it is bare)' };
  const up = '../'.repeat(prefix.split('/').length - 1);
  const inTree = (path: string): string =>
    path.startsWith(prefix) ? path.slice(prefix.length) : `${up}${path}`;
  return { kind: 'repository', repository: { top, env, inTree } };
}

/** Names that git ended with NUL. */
export const namesIn = (text: string): string[] => text.split('\0').filter((name) => name !== '');
