import { type CompiledRegion, regionCovers } from '../../kernel/regions/index.ts';
import { type Environment, git } from './git.ts';
import { repositoryOf } from './repository.ts';

export interface Commit {
  hash: string;
  /** By the clock of whoever committed. */
  atMs: number;
  /** One of the files that it changed in the region. */
  file: string;
}

export type Commits = { kind: 'commits'; commits: Commit[] } | { kind: 'unknown'; why: string };

/** Commits since then that changed something in the region, the newest first. Those beside it are a neighbour's. */
export async function commitsIn(
  tree: string,
  region: CompiledRegion,
  sinceMs: number,
  env: Environment,
): Promise<Commits> {
  const found = await repositoryOf(tree, env);
  if (found.kind === 'unknown') return found;
  const { top, inTree } = found.repository;
  const since = `--since=${new Date(sinceMs).toISOString()}`;
  const said = await git(top, [...log, since, 'HEAD', '--'], env);
  if (said.kind === 'unknown') {
    // Before the first commit there is none.
    const isEmpty = /unknown revision|bad revision/.test(said.why);
    return isEmpty ? { kind: 'commits', commits: [] } : said;
  }
  const commits = said.text.split('\u0001').flatMap((text) => {
    const [head = '', ...names] = text.split('\0');
    const [hash = '', seconds = ''] = head.trim().split(' ');
    const files = names.map((name) => inTree(name.replace(/^\n/, '')));
    const file = files.find((name) => regionCovers(region, name));
    return file === undefined ? [] : [{ hash, file, atMs: momentOf(seconds, sinceMs) }];
  });
  return { kind: 'commits', commits };
}

const mostCommits = 1_000;
const log = [
  'log',
  '-z',
  '--format=%x01%H %ct',
  '--name-only',
  '--no-renames',
  '--no-ext-diff',
  '--diff-merges=first-parent',
  `--max-count=${mostCommits}`,
];

/** Git tells whole seconds: a commit of the second in which the work began is not from before it. */
function momentOf(seconds: string, sinceMs: number): number {
  const fromMs = seconds === '' ? Number.NaN : Number(seconds) * 1000;
  return fromMs < sinceMs && sinceMs - fromMs < 1000 ? sinceMs : fromMs;
}
