import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { withHost } from '../../host-client/index.ts';
import { longWork } from '../../long-work.ts';

export async function prefetch(context: Context, id: string): Promise<ExitCode> {
  const { status } = await withHost(context, { dispatch: false }, (host) =>
    longWork(context, id, (phases) => host.prefetch(id, phases)),
  );
  if (context.json) context.printJson({ instance: id, status });
  else if (status === 'prefetched') context.print(`${id} has what it needs`);
  else context.print(`${id} has nothing to fetch`);
  return 0;
}
