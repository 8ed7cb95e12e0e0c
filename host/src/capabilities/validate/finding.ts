/** Something about a file that its author should know. Warnings alone stop nothing. */
export interface Finding {
  file: string;
  /** From 1; 1 where it is about the file as a whole. */
  line: number;
  column: number;
  severity: 'error' | 'warning';
  /** Short and stable, for editors and for silencing in reviews: `py-basicconfig-force`. */
  code: string;
  message: string;
  /** What to do about it. */
  hint?: string;
}

/** In the order of the file. */
export const inOrder = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted(
    (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
  );
