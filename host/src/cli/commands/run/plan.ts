import { existsSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import type { Context } from '../../context.ts';
import { givenInputs } from '../../inputs.ts';
import type { CompositionSource, InstalledCatalog, JsonObject, Runtime } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';
import type { RunOptions } from './options.ts';

/** What is to be run, where, and with what. */
export interface Plan {
  /** A direct call prints its one result bare; a composition names its outputs. */
  kind: 'composition' | 'call';
  root: string;
  source: CompositionSource;
  inputs: JsonObject;
  catalog: InstalledCatalog;
}

/**
 * The workspace of a run, known before anything is loaded. For a file that is not there it is never asked:
 * loading says so first. Throws WORKSPACE_NOT_FOUND.
 */
export function rootOf(context: Context, what: string): string {
  const { cwd } = context.io;
  if (!isFileName(what, cwd)) return requireWorkspace(context);
  const file = resolve(cwd, what);
  return existsSync(file) ? requireWorkspace(context, dirname(file)) : cwd;
}

export async function planOf(
  context: Context,
  runtime: Runtime,
  what: string,
  root: string,
  options: RunOptions,
  note: (text: string) => void,
): Promise<Plan> {
  const { cwd, env } = context.io;
  const inputs = await givenInputs(context, options);
  if (isFileName(what, cwd)) {
    const source = await runtime.loadComposition(what, cwd);
    const used = Object.values(source.composition.nodes).map(({ use }) => use);
    const catalog = await runtime.refreshedCatalog(root, env, used, note);
    return { kind: 'composition', root, source, inputs, catalog };
  }
  const [capability = ''] = what.split('.');
  const catalog = await runtime.refreshedCatalog(root, env, [capability], note);
  catalog.mustBeUsable([capability]);
  const composition = runtime.singleCall(what, inputs, catalog.catalog);
  const source = { composition, file: what, locate: () => undefined };
  return { kind: 'call', root, source, inputs, catalog };
}

const extensions = ['.yaml', '.yml', '.json', '.ts', '.mts', '.js', '.mjs'];

const isFileName = (what: string, cwd: string): boolean =>
  what.includes('/') || extensions.includes(extname(what)) || existsSync(resolve(cwd, what));
