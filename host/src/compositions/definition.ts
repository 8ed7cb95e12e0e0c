import { existsSync } from 'node:fs';
import { HostError } from '../errors.ts';
import type { RunRow } from '../stores/index.ts';
import { type DefinitionChange, definitionChange, printChange } from './changes.ts';
import type { Catalog, Composition } from './composition.ts';
import { readConstantFiles } from './constants.ts';
import { formHash } from './hashes.ts';
import { loadComposition } from './load.ts';
import { type CompositionSource, readComposition } from './parse.ts';
import { handFilesWhole } from './whole-files.ts';

/** What has become of the file a run was started from. */
export type DefinitionState =
  | { kind: 'same' }
  /** It is not there any more. */
  | { kind: 'gone' }
  /** The run was not started from a file. */
  | { kind: 'none' }
  | { kind: 'changed'; change: DefinitionChange }
  /** It cannot be read as a composition now. */
  | { kind: 'broken'; problem: HostError };

/**
 * Compares what a run was started with to its file as it is now: by what it says, so that comments and
 * layout change nothing, and with the content of the files it names. A module is executed.
 */
export async function definitionState(run: RunRow, catalog: Catalog): Promise<DefinitionState> {
  const { source } = run;
  if (source === null) return { kind: 'none' };
  if (!existsSync(source)) return { kind: 'gone' };
  try {
    const now = await withFiles(await loadComposition(source), catalog, source);
    if (formHash(now) === run.definitionHash) return { kind: 'same' };
    return { kind: 'changed', change: definitionChange(recorded(run), now) };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { kind: 'broken', problem: error };
  }
}

/** The composition of a run as it was recorded, its files read back then. */
export const recorded = (run: RunRow): Composition => readComposition(run.definition, run.name);

/** The composition as a run takes it: files handed on whole, and constant paths read. */
export function withFiles(
  { composition, folder }: CompositionSource,
  catalog: Catalog,
  cwd: string,
): Promise<Composition> {
  return readConstantFiles(handFilesWhole(composition, catalog), catalog, folder ?? cwd);
}

/** DEFINITION_CHANGED, for a run that was to go on; undefined where nothing stands in its way. */
export function changedError(run: RunRow, state: DefinitionState): HostError | undefined {
  if (state.kind !== 'changed' && state.kind !== 'broken') return undefined;
  const { runId, source } = run;
  const what =
    state.kind === 'changed'
      ? printChange(state.change)
      : `it cannot be read: ${state.problem.message}`;
  const command = `capstan resume ${runId} --with-definition`;
  return new HostError(
    'DEFINITION_CHANGED',
    `${source} is not what ${runId} was started with: ${what}`,
    {
      hint: `\`${command} original\` goes on as it was recorded; \`${command} new\` starts again with the file as it is now, and keeps what can stand.`,
      details: {
        runId,
        source,
        ...(state.kind === 'changed' ? { ...state.change } : { problem: state.problem.message }),
      },
    },
  );
}
