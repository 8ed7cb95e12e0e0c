import { HostError } from '../../../errors.ts';
import type { UnloadResult } from '../../../http/surface.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { describeFailure, exitCodeOf, failureOf } from '../../failure.ts';
import { type AskedHost, withHost } from '../../host-client/index.ts';
import { longWork } from '../../long-work.ts';

export interface UnloadOptions {
  forget?: boolean;
  concurrency?: number;
  failFast?: boolean;
  actor: string;
}

export async function unload(
  context: Context,
  ids: string[],
  options: UnloadOptions,
): Promise<ExitCode> {
  const { forget = false } = options;
  if (forget && ids.length > 1) {
    throw new HostError('USAGE', '--forget takes one instance at a time.');
  }
  const results = await withHost(context, { dispatch: false }, (host) =>
    longWork(context, ids.join(', '), ({ signal }) => unloaded(host, ids, options, signal)),
  );
  const failed = results.find((result) => result.kind === 'failed');
  if (results.length === 1 && failed !== undefined) throw failed.error;
  if (context.json) context.printJson({ results: results.map(documentOf), forgotten: forget });
  else for (const result of results) tell(context, result, forget);
  return failed === undefined ? 0 : exitCodeOf(failureOf(failed.error));
}

async function unloaded(
  host: AskedHost,
  ids: readonly string[],
  { forget, concurrency, failFast, actor }: UnloadOptions,
  signal: AbortSignal,
): Promise<UnloadResult[]> {
  const [id = ''] = ids;
  if (ids.length === 1) {
    await host.unload(id, { actor, signal, ...(forget === undefined ? {} : { forget }) });
    return [{ key: id, kind: 'unloaded' }];
  }
  return host.unloadAll(ids, {
    signal,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(failFast === undefined ? {} : { failFast }),
  });
}

const documentOf = (result: UnloadResult): object => ({
  instance: result.key,
  error: result.kind === 'failed' ? failureOf(result.error) : null,
});

function tell(context: Context, result: UnloadResult, forget: boolean): void {
  if (result.kind === 'failed') {
    context.say(...describeFailure(failureOf(result.error), context.talkStyle));
  } else context.print(`${result.key} is unloaded${forget ? ' and forgotten' : ''}`);
}
