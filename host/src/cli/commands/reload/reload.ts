import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { withHost } from '../../host-client/index.ts';
import { longWork } from '../../long-work.ts';
import { ready } from '../load/load.ts';

export interface ReloadOptions {
  stopFirst?: boolean;
  actor: string;
}

export async function reload(
  context: Context,
  id: string,
  { stopFirst, actor }: ReloadOptions,
): Promise<ExitCode> {
  const view = await withHost(context, { dispatch: false }, (host) =>
    longWork(context, id, (phases) =>
      host.reload(id, { ...phases, actor, ...(stopFirst === undefined ? {} : { stopFirst }) }),
    ),
  );
  if (context.json) context.printJson({ instance: view });
  else context.print(...ready(context, view));
  return 0;
}
