import type { Context } from '../../context.ts';
import type { ScopeOptions } from './scope.ts';

/** The files that are meant, from everywhere that was named, as paths of the tree. */
export async function changed(
  context: Context,
  root: string,
  typed: readonly string[],
  { stdin, git }: Pick<ScopeOptions, 'stdin' | 'git'>,
): Promise<string[]> {
  const { filesFromGit, treePaths } = await context.doors.scope();
  const { io } = context;
  const handed = stdin === true ? namesIn(await io.stdin.text()) : [];
  const asked =
    git === undefined ? [] : await filesFromGit(root, git === true ? null : git, io.env);
  return [...treePaths(root, io.cwd, [...typed, ...handed]), ...asked];
}

/** Ended by NUL where there is one, by line ends where there is none. */
function namesIn(text: string): string[] {
  const names = text.includes('\0') ? text.split('\0') : text.split(/\r?\n/);
  return names.filter((name) => name !== '');
}
