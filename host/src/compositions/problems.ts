import { HostError } from '../errors.ts';
import { type JsonPath, printPath } from './composition.ts';

/** One thing wrong with a composition, at a place in its JSON form. */
export interface Problem {
  severity: 'error' | 'warning';
  message: string;
  hint?: string;
  path: JsonPath;
  /** It is the key at `path` that is wrong, not its value. */
  atKey?: boolean;
  /** Where inside the text at `path`, in UTF-16 units. */
  offset?: number;
}

export interface Position {
  line: number;
  column: number;
}

/** A problem at a place in a file, ready to be printed. */
export interface LocatedProblem extends Position {
  severity: 'error' | 'warning';
  message: string;
  hint?: string;
  path: string;
  /** The line of the file it is in. */
  source?: string;
}

/** Where in its file a problem is; compositions made by code have no such place. */
export type Locate = (problem: Problem) => (Position & { source: string }) | undefined;

/** The problems in the order of the file, each with its line and column (0 where there is no file). */
export function locateProblems(problems: readonly Problem[], locate: Locate): LocatedProblem[] {
  return problems
    .map(({ severity, message, hint, ...place }) => ({
      severity,
      message,
      ...(hint === undefined ? {} : { hint }),
      path: printPath(place.path),
      line: 0,
      column: 0,
      ...locate({ severity, message, ...place }),
    }))
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** The problems as lines for people: `file:line:column: message`, the line itself, and the hint. */
export function describeProblems(file: string, problems: readonly LocatedProblem[]): string {
  return problems.map((problem) => describe(file, problem)).join('\n');
}

function describe(file: string, problem: LocatedProblem): string {
  const place =
    problem.line === 0
      ? [file, problem.path].filter(Boolean).join(': ')
      : `${file}:${problem.line}:${problem.column}`;
  const lines = [
    `${place}: ${problem.severity === 'warning' ? 'warning: ' : ''}${problem.message}`,
  ];
  if (problem.source !== undefined && problem.source.length <= 160) {
    const before = problem.source.slice(0, problem.column - 1).replaceAll(/[^\t]/g, ' ');
    lines.push(`    ${problem.source}`, `    ${before}^`);
  }
  if (problem.hint !== undefined) lines.push(`    ${problem.hint}`);
  return lines.join('\n');
}

/** COMPOSITION_INVALID with every problem in its message and, for machines, in `details.problems`. */
export function compositionInvalid(file: string, problems: readonly LocatedProblem[]): HostError {
  const first = problems[0];
  return new HostError('COMPOSITION_INVALID', describeProblems(file, problems), {
    details: { file, line: first?.line ?? 0, column: first?.column ?? 0, problems },
  });
}
