import { existsSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { Composition, JsonObject, Runtime } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';
import { callAsComposition } from './call.ts';
import { givenInputs } from './given.ts';
import type { RunOptions } from './run.ts';

/** What is to be run, where, and with what. */
export interface Plan {
  /** A direct call prints its one result bare; a composition names its outputs. */
  kind: 'composition' | 'call';
  root: string;
  composition: Composition;
  inputs: JsonObject;
  /** Folder of the composition's file, for paths among its defaults. */
  folder: string;
}

export async function planOf(
  context: Context,
  runtime: Runtime,
  what: string,
  options: RunOptions,
): Promise<Plan> {
  const { cwd } = context.io;
  const given = await givenInputs(context, options);
  if (isFileName(what, cwd)) {
    const file = resolve(cwd, what);
    if (!existsSync(file)) throw noSuchComposition(what);
    const root = await requireWorkspace(context, dirname(file));
    const composition = await runtime.loadComposition(file, root);
    return { kind: 'composition', root, composition, inputs: given, folder: dirname(file) };
  }
  const root = await requireWorkspace(context);
  const { composition, inputs } = await callAsComposition(runtime, root, what, given);
  return { kind: 'call', root, composition, inputs, folder: cwd };
}

const isFileName = (what: string, cwd: string): boolean =>
  what.includes('/') ||
  ['.yaml', '.yml', '.json'].includes(extname(what)) ||
  existsSync(resolve(cwd, what));

function noSuchComposition(what: string): HostError {
  return new HostError('FILE_NOT_FOUND', `There is no composition file ${what}.`, {
    hint: 'Name a YAML or JSON file, or call one action as capability.action (see `capstan list`).',
    details: { file: what },
  });
}
