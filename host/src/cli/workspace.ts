import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { HostError } from '../errors.ts';
import type { Context } from './context.ts';

/**
 * The workspace a command is about: what `-C` names, else the nearest folder with a capstan.yaml, upwards
 * from `near`. Throws WORKSPACE_NOT_FOUND.
 */
export function requireWorkspace(context: Context, near = context.io.cwd): string {
  const root = findRoot(context, near);
  if (root !== null) return root;
  throw new HostError('WORKSPACE_NOT_FOUND', `There is no capstan.yaml in ${near} or above it.`);
}

/** The same, with null where there is none; a folder named by `-C` has to be one, though. */
export function findRoot(context: Context, near = context.io.cwd): string | null {
  const named = context.globals.workspace;
  if (named === undefined) return nearestWorkspace(near);
  const root = resolve(context.io.cwd, named);
  if (isWorkspace(root)) return root;
  throw new HostError('WORKSPACE_NOT_FOUND', `There is no capstan.yaml in ${root}.`, {
    hint: 'Run `capstan init` in that folder, or name another with `-C`.',
  });
}

/** The runtime has the same search; this one answers before the runtime has been read. */
function nearestWorkspace(from: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    if (isWorkspace(folder)) return folder;
    if (folder === dirname(folder)) return null;
  }
}

const isWorkspace = (folder: string): boolean => existsSync(join(folder, 'capstan.yaml'));
