import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { requireRunId } from '../../ids.ts';
import { inspect } from '../../inspect.ts';
import type { Composition } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';
import { definitionOf, tellReuse } from '../retry/definition.ts';
import { goOn } from '../run/go-on.ts';
import { resumeAll } from './resume-all.ts';

export interface ResumeOptions {
  withDefinition?: 'original' | 'new';
  watch?: boolean;
}

export async function resume(
  context: Context,
  id: string | undefined,
  options: ResumeOptions,
): Promise<ExitCode> {
  if (id !== undefined) return resumeRun(context, id, options);
  if (options.withDefinition !== undefined) {
    throw new HostError('USAGE', '--with-definition is about one run, and none is named.', {
      hint: 'Name a run: `capstan resume <run> --with-definition new`.',
    });
  }
  return resumeAll(context, options);
}

async function resumeRun(context: Context, id: string, options: ResumeOptions): Promise<ExitCode> {
  requireRunId(id);
  const root = requireWorkspace(context);
  const earlier = await inspect(context, (view) => view.run(id));
  const asRecorded = options.withDefinition === 'original';
  const source = options.withDefinition === 'new' ? await definitionOf(context, earlier) : null;
  return goOn(
    context,
    {
      root,
      earlier,
      composition: source?.composition ?? (earlier.definition as unknown as Composition),
      begin: async (host, note) => {
        if (source === null) return (await host.resumeRun(id, { asRecorded })).runId;
        const { runId } = await host.replaceRun(id, { definition: source, cwd: context.io.cwd });
        note(`${id} is cancelled, and goes on as ${runId}.`);
        tellReuse(await host.report(runId), note);
        return runId;
      },
    },
    options,
  );
}
