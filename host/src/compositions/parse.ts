import { basename, extname } from 'node:path';
import { BadValue, type Json, wireValue } from '@capstan/protocol';
import { HostError } from '../errors.ts';
import type { Composition } from './composition.ts';
import { formProblems, normalForm } from './form.ts';
import { compositionInvalid, type Locate, locateProblems } from './problems.ts';
import { readSource } from './source.ts';

/** A composition, and where its parts are written. */
export interface CompositionSource {
  composition: Composition;
  /** As messages name it. */
  file: string;
  locate: Locate;
  /** What paths written in it are relative to; absent where it was not read from a file. */
  folder?: string;
}

/**
 * The composition in a YAML text, or in JSON if the file is called so. Throws COMPOSITION_INVALID with all
 * that is wrong with its form; whether the capabilities it uses are there is for `validateComposition`.
 */
export function parseComposition(text: string, file: string): Composition {
  return parseSource(text, file).composition;
}

/** The same, together with the way from a place in the composition to line and column. */
export function parseSource(text: string, file: string): CompositionSource {
  const source = readSource(text, extname(file) === '.json' ? 'json' : 'yaml');
  const locate: Locate = (problem) => source.locate(problem);
  const problems =
    source.problems.length > 0
      ? source.problems.map((problem) => ({ ...problem, path: '' }))
      : locateProblems(formProblems(source.value), locate);
  if (problems.length > 0) throw compositionInvalid(file, problems);
  return { composition: normalForm(source.value, nameOf(file)), file, locate };
}

/** The composition in a value, for those that come from code or over HTTP. */
export function readComposition(value: unknown, label = 'composition'): Composition {
  const form = jsonOf(value, label);
  const problems = formProblems(form);
  if (problems.length === 0) return normalForm(form, nameOf(label));
  throw compositionInvalid(
    label,
    locateProblems(problems, () => undefined),
  );
}

const nameOf = (file: string): string => basename(file, extname(file));

function jsonOf(value: unknown, label: string): Json {
  try {
    return wireValue(value);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw new HostError('COMPOSITION_INVALID', `${label}: ${error.message}`);
  }
}
