import { HostError } from '../../../errors.ts';
import { type Context, tableColumns } from '../../context.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { oneLine, plain } from '../../terminal/plain.ts';
import { table } from '../../terminal/table.ts';
import { type Explained, readCodes } from './codes.ts';

/** Says what a code means, or lists them. Throws CODE_UNKNOWN with the nearest one. */
export async function explain(context: Context, asked: string | undefined): Promise<ExitCode> {
  const { codes, problems } = await readCodes(context);
  for (const problem of problems) context.say(context.talkStyle.yellow(plain(problem)));
  if (asked === undefined) return list(context, codes);
  const number = /^\d{1,3}$/.test(asked) ? Number(asked) : null;
  if (number !== null) return explainExit(context, number, codes);
  const code = asked.trim().toUpperCase().replaceAll('-', '_');
  const found = codes.find((one) => one.code === code);
  if (found === undefined) throw await unknown(context, asked, code, codes);
  if (context.json) context.printJson(found);
  else context.print(...linesOf(found, context));
  return 0;
}

function linesOf({ code, summary, fix, ...one }: Explained, { style }: Context): string[] {
  return [
    `${style.bold(code)}  ${style.dim(`ends with ${one.exit}; ${whatIs(one)}`)}`,
    plain(summary),
    ...(fix === null ? [] : [`  ${style.bold('try')}: ${oneLine(fix)}`]),
  ];
}

/** Whether it is worth while to try again. */
function whatIs({ kind, verdict, category }: Pick<Explained, 'kind' | 'verdict' | 'category'>) {
  if (kind === 'declared') return 'declared in capstan.yaml';
  const words: { readonly [word: string]: string } = {
    held: 'held by somebody: it can be waited for',
    busy: 'busy: it can be waited for',
    policy: 'refused by the rules: it will not be granted as asked',
    wrong: 'wrong: it says nothing that could be granted',
    gone: 'the lease is not there',
    broken: 'broken: nobody can tell',
    input: 'input: what was asked for is wrong',
    transient: 'transient: it may work the next time',
    resource: 'resource: something ran out',
    fatal: 'fatal: the tool or Capstan is broken',
    cancelled: 'cancelled: somebody asked for it',
  };
  return words[verdict ?? category ?? ''] ?? '';
}

function list(context: Context, codes: readonly Explained[]): ExitCode {
  if (context.json) context.printJson({ codes });
  else print(context, codes);
  return 0;
}

function explainExit(context: Context, exit: number, codes: readonly Explained[]): ExitCode {
  const found = codes.filter((one) => one.exit === exit);
  const meaning = Object.hasOwn(exitCodes, exit) ? exitCodes[exit as ExitCode] : null;
  if (found.length === 0 && meaning === null) {
    throw new HostError('CODE_UNKNOWN', `Nothing of Capstan ends a process with ${exit}.`, {
      hint: `There are: ${Object.keys(exitCodes).join(', ')}.`,
    });
  }
  if (context.json) {
    context.printJson({ exit, meaning, codes: found });
    return 0;
  }
  context.print(`${exit}: ${meaning ?? 'declared in capstan.yaml'}`);
  if (found.length > 0) print(context, found);
  return 0;
}

function print(context: Context, codes: readonly Explained[]): void {
  const rows = codes.map(({ code, exit, verdict, category, summary }) => [
    code,
    String(exit),
    verdict ?? category ?? 'declared',
    oneLine(summary),
  ]);
  const header = ['CODE', 'EXIT', 'KIND', 'WHAT IT MEANS'];
  context.print(
    ...table(header, rows, { columns: tableColumns(context.io), style: context.style }),
  );
}

async function unknown(
  { doors }: Context,
  asked: string,
  code: string,
  codes: readonly Explained[],
): Promise<HostError> {
  const { nearest } = await doors.leases();
  const known = codes.map((one) => one.code);
  const close = nearest(code, known);
  const hint = close === null ? '' : `Did you mean ${close}? `;
  return new HostError('CODE_UNKNOWN', `There is no code ${JSON.stringify(plain(asked))}.`, {
    hint: `${hint}\`capstan explain\` lists all ${known.length}.`,
    details: { code: asked, nearest: close },
  });
}
