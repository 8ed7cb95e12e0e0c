import assert from 'node:assert/strict';
import { parseSource } from '../../src/compositions/parse.ts';
import type { LocatedProblem } from '../../src/compositions/problems.ts';
import { locateProblems } from '../../src/compositions/problems.ts';
import { validateComposition } from '../../src/compositions/validate/validate.ts';
import { HostError } from '../../src/errors.ts';
import { catalog } from './catalog.ts';

/** Problems as a reader of the terminal sees them, without the quoted line: `3:9 message (hint)`. */
export const printed = (problems: readonly LocatedProblem[]): string[] =>
  problems.map(
    ({ severity, line, column, message, hint }) =>
      `${line}:${column} ${severity === 'warning' ? 'warning: ' : ''}${message}${hint === undefined ? '' : ` (${hint})`}`,
  );

/** The problems a COMPOSITION_INVALID carries for machines. */
export function problemsIn(error: HostError): LocatedProblem[] {
  const { problems } = error.details;
  assert.ok(Array.isArray(problems));
  return problems;
}

/** What is wrong with the form of a text; empty when nothing is. */
export function formProblemsOf(text: string, file = 'c.yaml'): string[] {
  try {
    parseSource(text, file);
    return [];
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return printed(problemsIn(error));
  }
}

/** What is wrong with a well-formed text in the workspace of `catalog.ts`. */
export function validationOf(text: string): string[] {
  const { composition, locate } = parseSource(text, 'c.yaml');
  return printed(locateProblems(validateComposition(composition, catalog), locate));
}

/** Removes the indentation a template literal has in a test. */
export function yaml(text: string): string {
  const lines = text.replace(/^\n/, '').split('\n');
  const indent = Math.min(
    ...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)),
  );
  return lines.map((line) => line.slice(indent)).join('\n');
}
