import { isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { YAMLError } from 'yaml';
import { HostError, messageOf } from '../errors.ts';
import type { ErrorCode } from '../error-table.ts';

export interface Position {
  line: number;
  column: number;
}

/** Something wrong at a place of a file. */
export interface Problem extends Position {
  message: string;
  hint?: string;
}

type Path = readonly PropertyKey[];

/** A YAML file that remembers where everything stood. */
export class YamlText {
  readonly file: string;
  readonly value: unknown;
  readonly problems: Problem[];
  readonly #document: ReturnType<typeof parseDocument>;
  readonly #lines = new LineCounter();

  constructor(text: string, file: string) {
    this.file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const told = this.#document.errors.map((error) => ({
      message: `${wordsOf(error)}${quotedLine(text, this.#lines.linePos(error.pos[0]).line)}`,
      ...this.#at(error.pos[0]),
    }));
    this.problems = withoutRepeats(told);
    this.value = this.problems.length === 0 ? this.#plainValue() : undefined;
  }

  /** References are followed only here, so only here do those that lead nowhere come to light. */
  #plainValue(): unknown {
    try {
      return this.#document.toJS();
    } catch (error) {
      const [lost] = this.#danglingAliases();
      this.problems.push(lost ?? { message: messageOf(error), line: 1, column: 1 });
      return undefined;
    }
  }

  #danglingAliases(): Problem[] {
    const found: Problem[] = [];
    visit(this.#document, {
      Alias: (_, alias) => {
        if (alias.resolve(this.#document) !== undefined) return;
        const message = `*${alias.source} refers to nothing: no &${alias.source} stands before it`;
        found.push({ message, ...this.#at(alias.range?.[0] ?? 0) });
      },
    });
    return found;
  }

  /** Where the value at a path stands; for one that is missing, its nearest parent. */
  position(path: Path): Position {
    for (let depth = path.length; depth >= 0; depth--) {
      const node = this.#document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return this.#at(node.range[0]);
    }
    return { line: 1, column: 1 };
  }

  /** Where a key of the mapping at a path stands. */
  keyPosition(path: Path, key: string): Position {
    const map = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    const pair = isMap(map)
      ? map.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined;
    return isNode(pair?.key) && pair.key.range ? this.#at(pair.key.range[0]) : this.position(path);
  }

  #at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** One message of the parser speaks to programmers. */
const wordsOf = ({ code, message }: YAMLError): string =>
  code === 'MULTIPLE_DOCS' ? 'a second document begins here; the file must hold one' : message;

/** The parser complains about each level of unfinished nesting, at the same place, in the same words. */
function withoutRepeats(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ line, column, message }) => {
    const key = `${line}:${column}:${message}`;
    return !seen.has(key) && seen.add(key);
  });
}

const quotedLine = (text: string, line: number): string => {
  const quoted = text.split('\n')[line - 1]?.trim();
  return quoted ? `: ${quoted}` : '';
};

/** One error for all problems of a file; its own line and column are those of the first. */
export function problemsError(
  code: ErrorCode,
  file: string,
  problems: readonly Problem[],
): HostError {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const lines = sorted.map(
    ({ line, column, message, hint }) =>
      `${file}:${line}:${column}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
  );
  const [first] = sorted;
  return new HostError(code, lines.join('\n'), {
    details: { file, line: first?.line ?? 1, column: first?.column ?? 1, problems: sorted },
  });
}
