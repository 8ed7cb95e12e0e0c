import { dirname, resolve } from 'node:path';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { LocatedProblem } from '../../runtime.ts';
import { plain } from '../../terminal/plain.ts';
import { requireWorkspace } from '../../workspace.ts';

/** The document of `validate --json`: the same members whether or not anything is wrong. */
interface Verdict {
  file: string;
  name: string | null;
  valid: boolean;
  problems: LocatedProblem[];
}

export async function validate(context: Context, what: string): Promise<ExitCode> {
  const verdict = await judge(context, what);
  if (context.json) context.printJson(verdict);
  else tell(context, what, verdict);
  return verdict.valid ? 0 : 2;
}

async function judge(context: Context, what: string): Promise<Verdict> {
  const { cwd } = context.io;
  const runtime = await context.doors.declared();
  const file = resolve(cwd, what);
  let name: string | null = null;
  try {
    const source = await runtime.loadComposition(what, cwd);
    name = source.composition.name;
    const root = requireWorkspace(context, dirname(file));
    const { catalog } = await runtime.readCatalog(root, context.io.env);
    const warnings = runtime.checkComposition(source, catalog);
    return { file, name, valid: true, problems: warnings };
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'COMPOSITION_INVALID') throw error;
    const problems = error.details['problems'] as LocatedProblem[] | undefined;
    if (problems === undefined) throw error;
    return { file, name, valid: false, problems };
  }
}

function tell({ talkStyle, style, print, say }: Context, file: string, verdict: Verdict): void {
  for (const { severity, message, hint, path, line, column, source } of verdict.problems) {
    const paint = severity === 'error' ? talkStyle.red : talkStyle.yellow;
    const place =
      line === 0 ? [file, path].filter(Boolean).join(': ') : `${file}:${line}:${column}`;
    say(`${place}: ${paint(severity)}: ${plain(message)}`);
    if (source !== undefined && source.length <= 160) {
      const before = source.slice(0, column - 1).replaceAll(/[^\t]/g, ' ');
      say(talkStyle.dim(`    ${plain(source)}`), `    ${before}${paint('^')}`);
    }
    if (hint !== undefined) say(`    ${plain(hint)}`);
  }
  const errors = verdict.problems.filter(({ severity }) => severity === 'error').length;
  if (verdict.valid) print(`${style.green('valid')}  ${file}`);
  else say('', `${errors} ${errors === 1 ? 'error' : 'errors'} in ${file}; nothing was run.`);
}
