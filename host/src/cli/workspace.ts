import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HostError } from '../errors.ts';
import type { Context } from './context.ts';

/**
 * The workspace a command is about: what `-C` names, else the nearest folder with a capstan.yaml, upwards
 * from `near`. Throws WORKSPACE_NOT_FOUND.
 */
export async function requireWorkspace(context: Context, near = context.io.cwd): Promise<string> {
  const root = await findRoot(context, near);
  if (root !== null) return root;
  throw new HostError('WORKSPACE_NOT_FOUND', `There is no capstan.yaml in ${near} or above it.`);
}

/** The same, with null where there is none; a folder named by `-C` has to be one, though. */
export async function findRoot(context: Context, near = context.io.cwd): Promise<string | null> {
  const named = context.globals.workspace;
  if (named === undefined) return (await context.runtime()).findWorkspace(near);
  const root = resolve(context.io.cwd, named);
  if (existsSync(join(root, 'capstan.yaml'))) return root;
  throw new HostError('WORKSPACE_NOT_FOUND', `There is no capstan.yaml in ${root}.`, {
    hint: 'Run `capstan init` in that folder, or name another with `-C`.',
  });
}
