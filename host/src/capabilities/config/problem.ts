/** What is wrong with one setting. */
export interface ConfigProblem {
  /** Where in the settings: `['decoder', 'beams', 0]`; empty where it concerns them all. */
  path: (string | number)[];
  /** The same in words: `decoder.beams[0]`. */
  setting: string;
  /** A sentence that begins with the setting and says what is allowed and what was found. */
  message: string;
  hint?: string;
}

type Path = readonly (string | number)[];

/** `reason` is worded to follow the name of the setting. */
export function problemAt(path: Path, reason: string, hint?: string): ConfigProblem {
  const setting = settingName(path);
  const message = `${setting === '' ? 'the settings' : setting} ${reason}`;
  const problem = { path: [...path], setting, message };
  return hint === undefined ? problem : { ...problem, hint };
}

/** `decoder.beams[0]` */
export const settingName = (path: Path): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');

/** All problems, in one line each. */
export const problemLines = (problems: readonly ConfigProblem[]): string[] =>
  problems.map(({ message, hint }) => (hint === undefined ? message : `${message} (${hint})`));
