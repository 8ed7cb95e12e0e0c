import { type Environment, git, type GitAnswer } from './git.ts';
import { namesIn, type Repository, repositoryOf } from './repository.ts';

export type ChangedFiles = { kind: 'files'; files: string[] } | { kind: 'unknown'; why: string };

/**
 * The files of the tree's repository that differ from a commit, those that git does not know yet among them, as paths
 * from the root of the tree. Without `base` it is the last commit; with it, the point where both parted. What Capstan
 * itself keeps is left out, and of a file that was renamed both names are there.
 */
export async function changedFiles(
  tree: string,
  base: string | null,
  env: Environment,
): Promise<ChangedFiles> {
  const found = await repositoryOf(tree, env);
  if (found.kind === 'unknown') return found;
  const { repository } = found;
  const tracked = await trackedChanges(repository, base);
  if (tracked.kind === 'unknown') return tracked;
  const untracked = await ask(repository, ['ls-files', '-z', '--others', '--exclude-standard']);
  if (untracked.kind === 'unknown') return untracked;
  const files = [...namesIn(tracked.text), ...namesIn(untracked.text)].map(repository.inTree);
  return {
    kind: 'files',
    files: [...new Set(files)].filter((file) => !file.startsWith('.capstan/')).toSorted(),
  };
}

async function trackedChanges(repository: Repository, base: string | null): Promise<GitAnswer> {
  const from = base === null ? await lastCommit(repository) : await partedFrom(repository, base);
  if (from.kind === 'unknown') return from;
  // Before the first commit everything that git knows is new.
  if (from.text === '') return ask(repository, ['ls-files', '-z', '--cached']);
  return ask(repository, [
    'diff',
    '--name-only',
    '-z',
    '--no-renames',
    '--no-ext-diff',
    from.text,
    '--',
  ]);
}

async function lastCommit(repository: Repository): Promise<GitAnswer> {
  const head = await commitOf(repository, 'HEAD');
  return head.kind === 'said' ? head : { kind: 'said', text: '' };
}

async function partedFrom(repository: Repository, base: string): Promise<GitAnswer> {
  const commit = await commitOf(repository, base);
  if (commit.kind === 'unknown') {
    return {
      kind: 'unknown',
      why: `there is no commit ${JSON.stringify(base)} in ${repository.top}`,
    };
  }
  const parted = await ask(repository, ['merge-base', commit.text, 'HEAD']);
  return parted.kind === 'said' ? { kind: 'said', text: parted.text.trim() } : commit;
}

async function commitOf(repository: Repository, name: string): Promise<GitAnswer> {
  const said = await ask(repository, [
    'rev-parse',
    '--quiet',
    '--verify',
    '--end-of-options',
    `${name}^{commit}`,
  ]);
  return said.kind === 'said' ? { kind: 'said', text: said.text.trim() } : said;
}

const ask = ({ top, env }: Repository, args: readonly string[]): Promise<GitAnswer> =>
  git(top, args, env);
