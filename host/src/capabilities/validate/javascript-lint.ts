import { stripTypeScriptTypes } from 'node:module';
import type { Finding } from './finding.ts';
import { javascriptTokens } from './javascript-tokens.ts';
import type { Token } from './token.ts';

/** What does harm in a worker, or cannot run there, in the source of a capability. */
export function lintJavaScript(source: string, file: string): Finding[] {
  const refused = /\.[cm]?ts$/.test(file) ? notErasable(source, file) : [];
  const tokens = javascriptTokens(source);
  const found = tokens.flatMap((token, at) => {
    const lint = token.text === 'process' ? lintProcess(tokens, at) : null;
    const { line, column } = token;
    return lint === null ? [] : [{ file, line, column, ...lint }];
  });
  return [...refused, ...found];
}

type Lint = Omit<Finding, 'file' | 'line' | 'column'>;

/** `process.exit(…)`, `process.on('SIGTERM', …)`; not `this.process.exit`, which is something else. */
function lintProcess(tokens: readonly Token[], at: number): Lint | null {
  const [before, dot, member, open] = [-1, 1, 2, 3].map((step) => tokens[at + step]?.text);
  if (before === '.' || before === '?.' || dot !== '.' || open !== '(') return null;
  if (member === 'exit' || member === 'abort' || member === 'reallyExit') return exits(member);
  if (member !== 'on' && member !== 'once' && member !== 'addListener') return null;
  return tokens[at + 4]?.kind === 'string' && /^SIG(TERM|INT|HUP)$/.test(textOf(tokens[at + 4]))
    ? handler
    : null;
}

const exits = (member: string): Lint => ({
  severity: 'warning',
  code: 'js-process-exit',
  message: `process.${member} ends the worker at once: calls beside this one fail, and nothing is cleaned up`,
  hint: 'Throw `FatalError` from @capstan/worker instead.',
});

const handler: Lint = {
  severity: 'warning',
  code: 'js-signal-handler',
  message: 'a handler for this signal competes with what ends a worker in good order',
  hint: 'Clean up in `cleanup`, and listen to `call.signal` while you work.',
};

const textOf = (token: Token | undefined): string => token?.value ?? '';

/**
 * What Node, which runs a capability's TypeScript by taking the types out, cannot take out: enums, namespaces,
 * parameter properties. Node itself is asked; it names the first one.
 */
function notErasable(source: string, file: string): Finding[] {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => {}; // that the function is experimental is no news for anybody
  try {
    stripTypeScriptTypes(source, { mode: 'strip', sourceUrl: 'file:///source.ts' });
    return [];
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const place = placeIn(error.stack ?? '');
    const isSyntax = 'code' in error && error.code === 'ERR_INVALID_TYPESCRIPT_SYNTAX';
    const message = error.message.replace(
      / in strip-only mode$/,
      ' where types are only taken out',
    );
    return [
      {
        file,
        ...place,
        severity: 'error',
        code: isSyntax ? 'ts-syntax' : 'ts-not-erasable',
        message,
        hint: isSyntax
          ? 'Correct it; Node would refuse to load this file.'
          : 'Write it in plain JavaScript with types: a `const` object for an enum, a field for a parameter property.',
      },
    ];
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Node puts the line, the source line and a mark under the place at the head of the stack. */
function placeIn(stack: string): { line: number; column: number } {
  const line = Number(/^file:\/\/\/source\.ts:(\d+)/.exec(stack)?.[1] ?? 1);
  const mark = stack.split('\n').find((text) => /^\s*\^+\s*$/.test(text)) ?? '^';
  return { line, column: mark.indexOf('^') + 1 };
}
