import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { HostError } from '../../../errors.ts';
import type { Host, Runtime } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';

export interface CancelOptions {
  reason: string;
}

export async function cancel(
  context: Context,
  id: string,
  { reason }: CancelOptions,
): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const answer = await cancelled(await context.doors.runtime(), context, { root, id, reason });
  if (context.json) context.printJson({ id, ...answer });
  else context.print(sentence(id, answer));
  return 0;
}

/** What became of the cancel: the state now, and whether running tools are being asked to stop. */
export interface CancelAnswer {
  state: string;
  aborting: number;
}

interface Wish {
  root: string;
  id: string;
  reason: string;
}

/**
 * The lock decides who answers: whoever gets it is the host, for the moment a cancel takes; when it is
 * taken, its owner is asked over its control socket.
 */
async function cancelled(runtime: Runtime, context: Context, wish: Wish): Promise<CancelAnswer> {
  try {
    const host = await runtime.openHost({ root: wish.root, env: context.io.env, dispatch: false });
    try {
      return answerOf(await host.cancel(wish.id, wish.reason));
    } finally {
      await host.close();
    }
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'WORKSPACE_BUSY') throw error;
    const { readHostInfo } = await import('../../../http/host-info.ts');
    const { requestCancel } = await import('../../../http/control-client.ts');
    const info = await readHostInfo(runtime.workspacePaths(wish.root));
    if (info === null) throw error;
    return answerOf((await requestCancel(info, wish.id, wish.reason)) as Decision);
  }
}

type Decision = Awaited<ReturnType<Host['cancel']>>;

/** Runs and jobs are answered in different words by the host, and in the same ones here. */
function answerOf(decision: Decision): CancelAnswer {
  if (!('kind' in decision)) return { state: decision.state, aborting: decision.aborting.length };
  switch (decision.kind) {
    case 'cancelled':
      return { state: 'cancelled', aborting: 0 };
    case 'aborting':
      return { state: 'running', aborting: 1 };
    case 'over':
      return { state: decision.state, aborting: 0 };
  }
}

function sentence(id: string, { state, aborting }: CancelAnswer): string {
  if (aborting > 0)
    return `${id} is being cancelled; ${aborting} running ${aborting === 1 ? 'job' : 'jobs'} asked to stop`;
  return state === 'cancelled' ? `${id} is cancelled` : `${id} was over already: ${state}`;
}
