import type { JsonObject } from '@capstan/protocol';
import { findWorkspace, readWorkspace } from './capabilities/index.ts';
import { HostError } from './errors.ts';
import { type HostOptions, openHost } from './host.ts';
import type { Host } from './host-surface.ts';
import { refreshedCatalog } from './installed-catalog.ts';
import type { LoadRequest, LoadResult } from './instances/index.ts';

export interface CreateHostOptions extends Partial<Omit<HostOptions, 'catalog'>> {
  /** What is loaded before this resolves; anything else starts with its first call. */
  capabilities?: readonly (string | readonly [name: string, config: JsonObject] | LoadRequest)[];
  /** False: what cannot be loaded is left out, and told to `onLoadFailure`. */
  strict?: boolean;
  onLoadFailure?: (failed: Extract<LoadResult, { kind: 'failed' }>) => void;
  /** What is worth knowing: a capability whose source has changed was installed anew. */
  onNotice?: (text: string) => void;
}

/**
 * The owner of a workspace, for a program:
 *
 *     import { createHost } from 'capstan';
 *
 *     await using host = await createHost({ root: import.meta.dirname });
 *     const text = await host.call('speech.transcribe', { audio: 'talk.flac' });
 *     console.log(text);
 *
 * The workspace is the nearest one upwards from the working folder unless given. Capabilities whose local code
 * has changed are installed anew first. Throws WORKSPACE_NOT_FOUND, WORKSPACE_BUSY while another host is up,
 * DECLARATION_INVALID, and, unless `strict` is false, why the first of `capabilities` could not be loaded; then
 * nothing is left running.
 */
export async function createHost(options: CreateHostOptions = {}): Promise<Host> {
  const { capabilities = [], strict = true, onLoadFailure, onNotice, ...given } = options;
  const root = given.root ?? (await findWorkspace(process.cwd()));
  if (root === null) {
    throw new HostError(
      'WORKSPACE_NOT_FOUND',
      `There is no capstan.yaml in ${process.cwd()} or above.`,
    );
  }
  const env = given.env ?? process.env;
  const names = (await readWorkspace(root)).capabilities.map(({ name }) => name);
  const catalog = await refreshedCatalog(root, env, names, (text) => onNotice?.(text));
  const host = await openHost({ ...given, root, env, catalog });
  try {
    const results = await host.loadAll(capabilities.map(asRequest), { failFast: strict });
    for (const result of results) if (result.kind === 'failed') onLoadFailure?.(result);
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}

function asRequest(wanted: NonNullable<CreateHostOptions['capabilities']>[number]): LoadRequest {
  if (typeof wanted === 'string') return { capability: wanted };
  if (!isPair(wanted)) return wanted;
  const [capability, config] = wanted;
  return { capability, config };
}

const isPair = (
  wanted: readonly [string, JsonObject] | LoadRequest,
): wanted is readonly [string, JsonObject] => Array.isArray(wanted);
