import { relative, resolve } from 'node:path';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Declared } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';
import { judgeComposition } from './composition.ts';
import { tell } from './tell.ts';
import { type Checked, errorsIn, type Verdict, warningsIn } from './verdict.ts';

export interface ValidateOptions {
  strict?: boolean;
  format?: 'text' | 'json';
}

/** Checks what is named, or the workspace, and says what is wrong with it. */
export async function validate(
  given: Context,
  paths: string[],
  { strict = false, format }: ValidateOptions,
): Promise<ExitCode> {
  const context = format === 'json' ? asJson(given) : given;
  const runtime = await context.doors.declared();
  const checked = await check(context, runtime, paths);
  const verdict = verdictOf(strict ? checked.map(asErrors) : checked);
  if (context.json) context.printJson(verdict);
  else tell(context, verdict);
  return verdict.valid ? 0 : 2;
}

async function check(context: Context, runtime: Declared, paths: string[]): Promise<Checked[]> {
  const found = new Map<string, Checked>();
  const wanted = paths.length === 0 ? [null] : paths;
  for (const path of wanted) {
    // oxlint-disable-next-line no-await-in-loop -- in the order in which they were named
    for (const one of await checkOne(context, runtime, path)) found.set(one.file, one);
  }
  return [...found.values()];
}

async function checkOne(
  context: Context,
  runtime: Declared,
  path: string | null,
): Promise<Checked[]> {
  const { cwd } = context.io;
  const shown = (file: string) => relative(cwd, file) || '.';
  const files =
    path === null
      ? await runtime.validateWorkspace(requireWorkspace(context))
      : await runtime.validateFiles(resolve(cwd, path));
  return Promise.all(
    files.map(async ({ file, kind, findings }) => {
      const base = {
        file,
        shown: path !== null && resolve(cwd, path) === file ? path : shown(file),
        kind,
      };
      if (kind === 'composition') {
        return { ...base, ...(await judgeComposition(context, runtime, file)) };
      }
      const isUnknown = kind === 'other' && findings.length === 0;
      return { ...base, name: null, problems: isUnknown ? [unknownFile(file)] : findings };
    }),
  );
}

const unknownFile = (file: string) => ({
  file,
  line: 1,
  column: 1,
  severity: 'error' as const,
  code: 'unknown-file',
  message: 'it is none of the files that can be checked',
  hint: 'These can: compositions, capstan.yaml, manifests, command and environment files, .py, .ts and .js.',
});

const asErrors = (one: Checked): Checked => ({
  ...one,
  problems: one.problems.map((problem) => ({ ...problem, severity: 'error' as const })),
});

/** `file` and `name` are of the one file there is, for who checks a composition; null for several. */
function verdictOf(checked: Checked[]): Verdict {
  const only = checked.length === 1 ? checked[0] : undefined;
  const errors = errorsIn(checked);
  return {
    valid: errors === 0,
    errors,
    warnings: warningsIn(checked),
    file: only?.file ?? null,
    name: only?.name ?? null,
    files: checked,
    problems: checked.flatMap(({ problems }) => problems),
  };
}

/** `--format json` is another spelling of `--json`. */
const asJson = (context: Context): Context => ({ ...context, json: true, say: () => {} });
