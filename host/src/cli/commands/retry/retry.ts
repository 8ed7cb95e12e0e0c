import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { requireRunId } from '../../ids.ts';
import { inspect } from '../../inspect.ts';
import type { Composition } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';
import { goOn } from '../run/go-on.ts';
import { definitionOf, tellReuse } from './definition.ts';

export interface RetryOptions {
  from?: string;
  withDefinition?: 'original' | 'new';
  actor?: string;
  watch?: boolean;
}

export async function retry(
  context: Context,
  id: string,
  options: RetryOptions,
): Promise<ExitCode> {
  requireRunId(id);
  const root = requireWorkspace(context);
  const earlier = await inspect(context, (view) => view.run(id));
  const { from, actor, withDefinition = 'original' } = options;
  const source = withDefinition === 'new' ? await definitionOf(context, earlier) : null;
  const begin = {
    cwd: context.io.cwd,
    ...(from === undefined ? {} : { from }),
    ...(actor === undefined ? {} : { actor }),
    ...(source === null ? {} : { definition: source }),
  };
  return goOn(
    context,
    {
      root,
      earlier,
      composition: source?.composition ?? (earlier.definition as unknown as Composition),
      begin: async (host, note) => {
        const { runId } = await host.retryRun(id, begin);
        tellReuse(await host.report(runId), note);
        return runId;
      },
    },
    options,
  );
}
