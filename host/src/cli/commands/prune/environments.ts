import { HostError } from '../../../errors.ts';
import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Removal, Unused } from '../../runtime.ts';
import { size } from '../../terminal/quantities.ts';
import { table } from '../../terminal/table.ts';
import { findRoot } from '../../workspace.ts';

export interface PruneOptions {
  dryRun?: boolean;
  yes?: boolean;
}

/** Shows what no workspace uses, asks, and removes it. */
export async function pruneEnvironments(
  context: Context,
  { dryRun = false, yes = false }: PruneOptions,
): Promise<ExitCode> {
  const runtime = await context.doors.declared();
  const root = findRoot(context);
  if (root !== null) await runtime.recordUsersOf(root);
  const { environmentsDir } = runtime.machinePaths(context.io.env);
  const unused = await runtime.unusedEnvironments(environmentsDir);
  const going = unused.filter(({ pids }) => pids.length === 0);
  if (!context.json && unused.length > 0) context.print(...describe(context, unused));
  if (dryRun || going.length === 0) return tell(context, environmentsDir, dryRun, outcomes(unused));
  if (!yes) await agreed(context, going.length);
  const done: Outcome[] = [];
  for (const one of unused) {
    // oxlint-disable-next-line no-await-in-loop -- a disk removes one tree after another
    const removal = one.pids.length > 0 ? null : await runtime.removeUnused(one);
    done.push({ ...one, removal: removal ?? { kind: 'running', pids: one.pids } });
  }
  return tell(context, environmentsDir, false, done);
}

type Outcome = Unused & { removal: Removal | null };

const outcomes = (unused: readonly Unused[]): Outcome[] =>
  unused.map((one) => ({ ...one, removal: null }));

async function agreed(context: Context, count: number): Promise<void> {
  if (!context.canAsk) {
    throw new HostError('CONSENT_NEEDED', `Removing ${count} of them takes somebody who agrees.`, {
      hint: 'Look with `capstan prune environments --dry-run`, then agree with `--yes`.',
    });
  }
  const { confirm, isCancel } = await import('@clack/prompts');
  const answer = await confirm({ message: 'Remove these?', output: process.stderr });
  if (isCancel(answer) || !answer) {
    throw new HostError('INTERRUPTED', 'Nothing was removed.', { hint: 'Run it again to go on.' });
  }
}

function describe(context: Context, unused: readonly Unused[]): string[] {
  const rows = unused.map(({ kind, path, bytes, holds, pids }) => [
    kind,
    size(bytes),
    holds.slice(0, 4).join(', ') + (holds.length > 4 ? ', …' : ''),
    pids.length > 0 ? `process ${pids.join(', ')} runs from it` : '',
    path,
  ]);
  const columns = tableColumns(context.io);
  return table(['WHAT', 'SIZE', 'HOLDS', '', 'FOLDER'], rows, { columns, style: context.style });
}

function tell(
  context: Context,
  folder: string,
  dryRun: boolean,
  all: readonly Outcome[],
): ExitCode {
  const free = all.filter(({ pids }) => pids.length === 0);
  const gone = all.filter(({ removal }) => removal?.kind === 'removed');
  const bytes = (dryRun ? free : gone).reduce((total, one) => total + one.bytes, 0);
  if (context.json) {
    const unused = all.map(({ removal, ...one }) => ({
      ...one,
      removed: removal?.kind === 'removed',
    }));
    context.printJson({ folder, dryRun, freedBytes: bytes, unused });
    return 0;
  }
  for (const { path, removal } of all) {
    if (removal !== null && removal.kind !== 'removed')
      context.say(`${path} stays: ${why(removal)}`);
  }
  if (all.length === 0) context.print('nothing to remove: everything is used');
  else context.print(dryRun ? `${size(bytes)} would be freed` : `${size(bytes)} freed`);
  return 0;
}

function why(removal: Exclude<Removal, { kind: 'removed' }>): string {
  switch (removal.kind) {
    case 'used':
      return `it is used again by ${removal.users.join(', ')}`;
    case 'running':
      return `process ${removal.pids.join(', ')} runs from it`;
    case 'being built':
      return 'it is being built';
    default:
      return removal satisfies never;
  }
}
