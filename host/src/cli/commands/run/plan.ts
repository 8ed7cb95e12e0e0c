import { statSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import type { Context } from '../../context.ts';
import { givenInputs } from '../../inputs.ts';
import { namedInstances } from '../../named-instances.ts';
import type { CompositionSource, InstalledCatalog, JsonObject, Runtime } from '../../runtime.ts';
import { findRoot, requireWorkspace } from '../../workspace.ts';
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
  switch (lookOf(what, cwd)) {
    case 'file':
      return requireWorkspace(context, dirname(resolve(cwd, what)));
    case 'no file':
      return cwd;
    case 'file or call':
      return findRoot(context) ?? cwd;
    case 'call':
      return requireWorkspace(context);
  }
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
  const look = lookOf(what, cwd);
  const [capability = ''] = what.split('.');
  if (look === 'call' || (look === 'file or call' && (await isCall(runtime, what, root, env)))) {
    const catalog = await catalogFor(context, runtime, root, [capability], note);
    catalog.mustBeUsable([capability]);
    const composition = runtime.singleCall(what, inputs, catalog.catalog);
    const source = { composition, file: what, locate: () => undefined };
    return { kind: 'call', root, source, inputs, catalog };
  }
  const source = await runtime.loadComposition(what, cwd);
  const used = Object.values(source.composition.nodes).map(({ use }) => use);
  const catalog = await catalogFor(context, runtime, root, used, note);
  return { kind: 'composition', root, source, inputs, catalog };
}

/** What is installed, of which what is used is up to date. Names that no file has may be of named instances. */
async function catalogFor(
  context: Context,
  runtime: Runtime,
  root: string,
  used: readonly string[],
  note: (text: string) => void,
): Promise<InstalledCatalog> {
  const { env } = context.io;
  const catalog = await runtime.refreshedCatalog(root, env, used, note);
  if (used.every((name) => catalog.knows(name))) return catalog;
  const named = await namedInstances(context, root);
  const capabilities = used.flatMap((name) => named[name] ?? []);
  if (capabilities.length === 0) return catalog;
  const refreshed = await runtime.refreshedCatalog(root, env, capabilities, note);
  refreshed.learn(named);
  return refreshed;
}

const extensions = ['.yaml', '.yml', '.json', '.ts', '.mts', '.js', '.mjs'];

/**
 * `hello.json` may be a file, and may be the action `json` of `hello`. A file that is there and is named as
 * compositions are is meant; for the rest the workspace has to say whether there is such an action.
 */
function lookOf(what: string, cwd: string): 'file' | 'no file' | 'file or call' | 'call' {
  const isNamedAsFile = extensions.includes(extname(what));
  const isThere = isFile(resolve(cwd, what));
  if (isThere && (isNamedAsFile || what.includes('/'))) return 'file';
  if (what.includes('/')) return 'no file';
  return isThere || isNamedAsFile ? 'file or call' : 'call';
}

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

async function isCall(
  runtime: Runtime,
  what: string,
  root: string,
  env: Context['io']['env'],
): Promise<boolean> {
  const [capability = '', first = '', second, ...more] = what.split('.');
  if (more.length > 0) return false;
  const workspace = await runtime.readWorkspace(root).catch(() => null);
  if (workspace?.capabilities.some(({ name }) => name === capability) !== true) return false;
  const offered = (await runtime.readCatalog(root, env)).catalog.capabilities[capability];
  return second === undefined
    ? Object.hasOwn(offered?.actions ?? {}, first)
    : Object.hasOwn(offered?.tasks[first] ?? {}, second);
}
