import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Catalog, Composition } from './composition.ts';
import type { CompositionSource } from './parse.ts';
import { compositionInvalid, type LocatedProblem, locateProblems } from './problems.ts';
import { validateComposition } from './validate/validate.ts';

/** A composition as it comes: with the file it was read from, or made by code. */
export type AnyComposition = Composition | CompositionSource;

export function asSource(given: AnyComposition): CompositionSource {
  if ('composition' in given) return given;
  return { composition: given, file: `composition "${given.name}"`, locate: () => undefined };
}

/** The absolute path of the file it was read from; undefined where it was made by code. */
export function fileOf({ file, folder }: CompositionSource): string | undefined {
  if (folder === undefined) return undefined;
  const path = join(folder, basename(file));
  return existsSync(path) ? path : undefined;
}

/** The warnings about a composition. Throws COMPOSITION_INVALID when there is more than warnings. */
export function checkComposition(given: AnyComposition, catalog: Catalog): LocatedProblem[] {
  const { composition, file, locate } = asSource(given);
  const problems = locateProblems(validateComposition(composition, catalog), locate);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw compositionInvalid(file, errors);
  return problems;
}
