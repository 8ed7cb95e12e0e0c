import type { Finding, ValidatedFile } from '../../runtime.ts';

/** A finding as it is shown; what a composition's problem knows beyond its place comes along. */
export interface ShownProblem extends Finding {
  /** In a composition: where in its JSON form. */
  path?: string;
  /** The line of the file. */
  source?: string;
}

export interface Checked {
  file: string;
  /** As its reader wrote it. */
  shown: string;
  kind: ValidatedFile['kind'];
  /** Of a composition. */
  name: string | null;
  problems: ShownProblem[];
}

/** The document of `validate --json`: the same members whether or not anything is wrong. */
export interface Verdict {
  valid: boolean;
  errors: number;
  warnings: number;
  file: string | null;
  name: string | null;
  files: Checked[];
  problems: ShownProblem[];
}

export const errorsIn = (checked: readonly Checked[]): number => countOf('error', checked);
export const warningsIn = (checked: readonly Checked[]): number => countOf('warning', checked);

const countOf = (severity: Finding['severity'], checked: readonly Checked[]): number =>
  checked.flatMap(({ problems }) => problems).filter((one) => one.severity === severity).length;
