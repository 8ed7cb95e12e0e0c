import { resolve } from 'node:path';
import { dirname } from 'node:path';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { requireWorkspace } from '../../workspace.ts';

export async function validate(context: Context, what: string): Promise<ExitCode> {
  const file = resolve(context.io.cwd, what);
  const root = await requireWorkspace(context, dirname(file));
  const runtime = await context.runtime();
  const { composition, problems } = await runtime.checkComposition(file, root);
  void composition;
  void problems;
  return 0;
}
