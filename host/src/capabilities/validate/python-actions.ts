import type { Finding } from './finding.ts';
import { closingOf, fullNameAt, type Imports } from './python-names.ts';
import type { Token } from './token.ts';

/** The decorators of the SDK that make an action of a method. */
const decorators = new Set(['capstan_worker.action', 'capstan_worker.actions.action']);

/**
 * Parameters and results of actions without a type. Nothing is checked then, and nobody can see what to pass:
 * neither `capstan show` nor a composition.
 */
export function missingAnnotations(
  tokens: readonly Token[],
  imports: Imports,
  file: string,
): Finding[] {
  const found: Finding[] = [];
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at]?.text !== '@' || !isLineStart(tokens, at)) continue;
    const named = fullNameAt(tokens, at + 1, imports);
    if (named === null || !decorators.has(named[0])) continue;
    const def = functionAfter(tokens, named[1]);
    if (def !== null) found.push(...ofFunction(tokens, def, file));
  }
  return found;
}

const isLineStart = (tokens: readonly Token[], at: number): boolean =>
  at === 0 || tokens[at - 1]?.kind === 'newline';

/** The index of the `def` that a decorator belongs to, behind its arguments and further decorators. */
function functionAfter(tokens: readonly Token[], from: number): number | null {
  let at = tokens[from]?.text === '(' ? closingOf(tokens, from) + 1 : from;
  for (; at < tokens.length; at++) {
    const token = tokens[at];
    if (token?.text === 'def') return at;
    if (token?.text === '@') while (tokens[at + 1] && tokens[at + 1]?.kind !== 'newline') at++;
    else if (token?.kind !== 'newline' && token?.text !== 'async') return null;
  }
  return null;
}

function ofFunction(tokens: readonly Token[], def: number, file: string): Finding[] {
  const name = tokens[def + 1];
  const open = def + 2;
  if (name === undefined || tokens[open]?.text !== '(') return [];
  const close = closingOf(tokens, open);
  const untyped = parametersIn(tokens, open + 1, close).filter(
    ({ token, isTyped }, index) => !isTyped && !(index === 0 && token.text === 'self'),
  );
  const missing = untyped.map(({ token }) =>
    warning(file, token, `the parameter ${token.text} of the action ${name.text} has no type`),
  );
  return tokens[close + 1]?.text === '->'
    ? missing
    : [...missing, warning(file, name, `the action ${name.text} does not say what it returns`)];
}

interface Parameter {
  token: Token;
  isTyped: boolean;
}

function parametersIn(tokens: readonly Token[], from: number, to: number): Parameter[] {
  const found: Parameter[] = [];
  for (let at = from; at < to; at++) {
    const star = /^\*{1,2}$/.test(tokens[at]?.text ?? '');
    const token = tokens[star ? at + 1 : at];
    if (token?.kind === 'name') {
      found.push({ token, isTyped: tokens[star ? at + 2 : at + 1]?.text === ':' });
    }
    at = endOfItem(tokens, at, to);
  }
  return found;
}

/** The index of the comma behind an item of a list, or of its end. */
function endOfItem(tokens: readonly Token[], from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const token = tokens[at];
    if (token?.kind === 'sign' && '([{'.includes(token.text)) at = closingOf(tokens, at);
    else if (token?.text === ',') return at;
  }
  return to;
}

const warning = (file: string, { line, column }: Token, message: string): Finding => ({
  file,
  line,
  column,
  severity: 'warning',
  code: 'py-action-untyped',
  message,
  hint: 'Write it down (`name: str`, `-> dict`), so that calls are checked before they run.',
});
