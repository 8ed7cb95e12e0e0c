import type { Finding } from './finding.ts';
import { missingAnnotations } from './python-actions.ts';
import { closingOf, fullNameAt, importsOf } from './python-names.ts';
import { pythonTokens } from './python-tokens.ts';
import type { Token } from './token.ts';

type Lint = Omit<Finding, 'file' | 'line' | 'column'>;

/**
 * What does harm in a worker, in the source of a capability. `print` does none: a worker's output is not its
 * protocol.
 */
export function lintPython(source: string, file: string): Finding[] {
  const tokens = pythonTokens(source);
  const imports = importsOf(tokens);
  const found: Finding[] = [];
  const isScript = scriptLines(tokens);
  for (let at = 0; at < tokens.length; at++) {
    const named = fullNameAt(tokens, at, imports);
    if (named === null) continue;
    const [name, next] = named;
    const lint = tokens[next]?.text === '(' ? lintCall(name, tokens, next) : null;
    const { line, column } = tokens[at] ?? { line: 1, column: 1 };
    if (lint !== null && !isScript(line)) found.push({ file, line, column, ...lint });
    at = next - 1;
  }
  return [...found, ...missingAnnotations(tokens, imports, file)];
}

/** The lines of `if __name__ == "__main__":`, which no worker runs. */
function scriptLines(tokens: readonly Token[]): (line: number) => boolean {
  const start = tokens.findIndex(
    ({ text, column }, at) =>
      text === 'if' &&
      column === 1 &&
      tokens[at + 1]?.text === '__name__' &&
      tokens[at + 2]?.text === '==',
  );
  const from = tokens[start]?.line;
  if (from === undefined) return () => false;
  const next = tokens.find(
    ({ kind, line, column }) => kind !== 'newline' && line > from && column === 1,
  );
  const to = next?.line ?? Number.POSITIVE_INFINITY;
  return (line) => line >= from && line < to;
}

function lintCall(name: string, tokens: readonly Token[], open: number): Lint | null {
  switch (name) {
    case 'logging.basicConfig':
      return isForced(tokens, open) ? forced : plain;
    case 'os._exit':
    case 'os.abort':
      return exits(name);
    case 'signal.signal':
      return handler;
    default:
      return null;
  }
}

const forced: Lint = {
  severity: 'error',
  code: 'py-basicconfig-force',
  message:
    'logging.basicConfig(force=True) throws away the handlers of the worker, so its log lines are lost',
  hint: 'Use `logging.getLogger(__name__)` and leave its set-up to the worker.',
};

const plain: Lint = {
  severity: 'warning',
  code: 'py-basicconfig',
  message: 'logging.basicConfig does nothing in a worker, which has set up logging before',
  hint: 'Leave it out, or call it only under `if __name__ == "__main__":`.',
};

const exits = (name: string): Lint => ({
  severity: 'warning',
  code: 'py-os-exit',
  message: `${name} ends the worker at once: calls beside this one fail, and nothing is cleaned up`,
  hint: 'Raise `FatalError` from capstan_worker instead.',
});

const handler: Lint = {
  severity: 'warning',
  code: 'py-signal-handler',
  message:
    'signal.signal replaces what ends a worker in good order, and fails outside of its main thread',
  hint: 'Clean up in `cleanup`, and ask `check_cancel()` while you work.',
};

/** Whether `force` is given as a true constant; an expression may well be false. */
function isForced(tokens: readonly Token[], open: number): boolean {
  const end = closingOf(tokens, open);
  let depth = 0;
  for (let at = open; at < end; at++) {
    const token = tokens[at];
    if (token?.kind === 'sign' && '([{'.includes(token.text)) depth++;
    if (token?.kind === 'sign' && ')]}'.includes(token.text)) depth--;
    if (depth !== 1 || token?.text !== 'force' || tokens[at + 1]?.text !== '=') continue;
    const value = tokens[at + 2];
    return value?.text === 'True' || (value?.kind === 'number' && Number(value.text) !== 0);
  }
  return false;
}
