/** Version ranges of Python as people write them: `>=3.10,<3.13`, `~=3.11`, `==3.12.*`, or plain `3.11`. */
const operators = ['>=', '<=', '==', '!=', '~=', '>', '<'] as const;

interface Clause {
  operator: (typeof operators)[number];
  version: number[];
  /** `3.11` and `3.11.*` mean every 3.11. */
  prefix: boolean;
}

/** What is wrong with a range, or null when it can be read. */
export function whyNotARange(range: string): string | null {
  try {
    parseRange(range);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether a version such as `3.11.7` satisfies every clause of a range. */
export function satisfies(version: string, range: string): boolean {
  const actual = numbersOf(version);
  return parseRange(range).every((clause) => holds(actual, clause));
}

/** Negative, zero or positive, as versions compare; `3.10` comes after `3.9`. */
export function compareVersions(a: string, b: string): number {
  return compare(numbersOf(a), numbersOf(b));
}

function parseRange(range: string): Clause[] {
  const clauses = range.split(',').map((part) => part.trim());
  return clauses.map((text) => {
    const match = /^(>=|<=|==|!=|~=|>|<)?\s*v?(\d+(?:\.\d+){0,2})(\.\*)?$/.exec(text);
    if (match?.[2] === undefined) {
      throw new Error(`"${text}" is not a Python version range such as ">=3.10,<3.13" or "3.11"`);
    }
    const operator = operators.find((known) => known === match[1]) ?? '==';
    const version = match[2].split('.').map(Number);
    const prefix = match[3] !== undefined || (match[1] === undefined && version.length < 3);
    return { operator, version, prefix };
  });
}

function holds(actual: number[], { operator, version, prefix }: Clause): boolean {
  const order = compare(prefix ? actual.slice(0, version.length) : actual, version);
  switch (operator) {
    case '>=':
      return order >= 0;
    case '>':
      return order > 0;
    case '<=':
      return order <= 0;
    case '<':
      return order < 0;
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '~=':
      return order >= 0 && compare(actual.slice(0, version.length - 1), version.slice(0, -1)) === 0;
    default:
      return operator satisfies never;
  }
}

const numbersOf = (version: string): number[] =>
  (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);

function compare(a: number[], b: number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
