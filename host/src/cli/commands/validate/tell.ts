import type { Context } from '../../context.ts';
import { plain } from '../../terminal/plain.ts';
import { type Checked, errorsIn, type ShownProblem, type Verdict, warningsIn } from './verdict.ts';

/** The problems as lines for people and for whatever reads `file:line:column`, then what they amount to. */
export function tell(context: Context, verdict: Verdict): void {
  const { style, print, say } = context;
  for (const one of verdict.files) {
    for (const problem of one.problems) tellProblem(context, one, problem);
  }
  const [only, ...more] = verdict.files;
  if (only === undefined) return say('There is nothing to check.');
  const where = more.length === 0 ? only.shown : `${verdict.files.length} files`;
  const warnings = warningsIn(verdict.files);
  const warned = warnings === 0 ? '' : `, with ${counted(warnings, 'warning')}`;
  if (verdict.valid) return print(`${style.green('valid')}  ${where}${warned}`);
  const errors = counted(errorsIn(verdict.files), 'error');
  say('', `${errors} in ${where}${warned}; nothing was run.`);
}

function tellProblem({ talkStyle, say }: Context, { shown }: Checked, problem: ShownProblem): void {
  const { severity, code, message, hint, path, line, column, source } = problem;
  const paint = severity === 'error' ? talkStyle.red : talkStyle.yellow;
  const place =
    line === 0 ? [shown, path].filter(Boolean).join(': ') : `${shown}:${line}:${column}`;
  const mark = code === 'composition' ? '' : ` ${talkStyle.dim(`[${code}]`)}`;
  say(`${place}: ${paint(severity)}: ${plain(message)}${mark}`);
  if (source !== undefined && source.length <= 160) {
    const before = source.slice(0, column - 1).replaceAll(/[^\t]/g, ' ');
    say(talkStyle.dim(`    ${plain(source)}`), `    ${before}${paint('^')}`);
  }
  if (hint !== undefined) say(`    ${plain(hint)}`);
}

const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;
