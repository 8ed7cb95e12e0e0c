import { relative, resolve } from 'node:path';
import { HostError } from '../../../errors.ts';
import type { DeskList, LeaseView } from '../../../index.ts';
import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { oneLine } from '../../terminal/plain.ts';
import { age, duration } from '../../terminal/quantities.ts';
import { table } from '../../terminal/table.ts';
import { facts, holdsText, refusal, untilText } from './answers.ts';
import { verifyLedgers } from './ledgers.ts';
import { leaseRoot, withLeases } from './place.ts';
import { readSecret } from './secret-files.ts';

export interface ListOptions {
  holder?: string;
  run?: string;
}

export async function listLeases(context: Context, only: ListOptions): Promise<ExitCode> {
  const { amountText } = await context.doors.leases();
  const all = await withLeases(context, leaseRoot(context), (leases) => leases.list());
  const found = wanted(all, only);
  if (context.json) {
    context.printJson(found);
    return 0;
  }
  const { leases, waiters, spawns } = found;
  if (leases.length + waiters.length + spawns.length === 0) context.say('Nobody holds anything.');
  const shape = { columns: tableColumns(context.io), style: context.style };
  if (leases.length > 0) {
    const rows = leases.map((lease) => [
      lease.id,
      oneLine(lease.holder.name),
      String(lease.token),
      endsText(lease),
      whatText(lease, amountText),
    ]);
    context.print(...table(['LEASE', 'HOLDER', 'TOKEN', 'ENDS', 'HOLDS'], rows, shape));
  }
  if (waiters.length > 0) {
    const rows = waiters.map(({ ticket, holder, alternatives, purpose }) => [
      String(ticket),
      oneLine(holder.name),
      alternatives.map((claims) => holdsText(claims, amountText)).join(' or ') + forText(purpose),
    ]);
    context.print('', ...table(['WAITS', 'HOLDER', 'FOR'], rows, shape));
  }
  if (spawns.length > 0) {
    const rows = spawns.map(({ id, holder, claims, command, at, purpose }) => [
      id,
      oneLine(holder),
      age(at, context.io.nowMs()),
      [holdsText(claims, amountText), command === null ? '' : `(${oneLine(command)})`]
        .filter((part) => part !== '')
        .join(' ') + forText(purpose),
    ]);
    context.print('', ...table(['STARTS', 'HOLDER', 'SAID', 'TO HOLD'], rows, shape));
  }
  return 0;
}

/** Those of one holder, or of one run. */
function wanted({ leases, waiters, spawns }: DeskList, { holder, run }: ListOptions): DeskList {
  const isWanted = (name: string, runId: string | null): boolean =>
    (holder === undefined || name === holder) && (run === undefined || runId === run);
  return {
    leases: leases.filter((one) => isWanted(one.holder.name, one.runId)),
    waiters: waiters.filter((one) => isWanted(one.holder.name, one.runId)),
    spawns: spawns.filter((one) => isWanted(one.holder, one.runId)),
  };
}

const endsText = ({ leftMs, holder, ended }: LeaseView): string => {
  if (ended !== null) return 'over';
  if (leftMs !== null) return `in ${duration(leftMs)}`;
  return holder.process === null ? '-' : `with ${holder.process.pid}`;
};

type AmountText = Parameters<typeof holdsText>[1];

const whatText = ({ claims, purpose, halt, ended }: LeaseView, amountText: AmountText): string =>
  `${halt === null ? '' : 'TO STOP: '}${holdsText(claims, amountText)}${forText(purpose)}${ended === null ? '' : `, over: ${oneLine(ended)}`}`;

const forText = (purpose: string | null): string =>
  purpose === null ? '' : `, for ${oneLine(purpose)}`;

export interface CheckOptions {
  secretFile?: string;
  token?: number;
  path?: string;
}

/** Whether a lease holds what it should; without an id, whether the ledgers themselves are whole. */
export async function check(
  context: Context,
  id: string | undefined,
  { secretFile, token, path }: CheckOptions,
): Promise<ExitCode> {
  if (id === undefined) return wholeLedgers(context, [secretFile, token, path]);
  const root = leaseRoot(context);
  const options = {
    ...(secretFile === undefined ? {} : { secret: await readSecret(context, secretFile) }),
    ...(token === undefined ? {} : { token }),
    ...(path === undefined ? {} : { path: inTree(context, root, path) }),
  };
  const { amountText } = await context.doors.leases();
  const answer = await withLeases(context, root, (leases) => leases.check(id, options));
  if (answer.kind === 'refused') throw refusal(answer);
  const { lease } = answer;
  if (context.json) context.printJson({ kind: answer.kind, lease });
  else context.print(...checkedLines(lease, amountText));
  if (lease.halt !== null) {
    const { by, reason } = lease.halt;
    context.say(
      context.talkStyle.yellow(`note: ${oneLine(by)} wants it stopped: ${oneLine(reason)}`),
    );
  }
  return 0;
}

function checkedLines(lease: LeaseView, amountText: AmountText): string[] {
  const { id, holder, token, claims, purpose, runId, parent, acquiredAt } = lease;
  return facts([
    ['lease', `${id} is live`],
    ['holder', oneLine(holder.name)],
    ['token', String(token)],
    ['holds', holdsText(claims, amountText)],
    ...(purpose === null ? [] : [['for', oneLine(purpose)] as const]),
    ...(runId === null ? [] : [['run', oneLine(runId)] as const]),
    ...(parent === null ? [] : [['parent', parent] as const]),
    ['since', acquiredAt],
    ['expires', untilText(lease)],
  ]);
}

async function wholeLedgers(context: Context, options: readonly unknown[]): Promise<ExitCode> {
  if (options.every((value) => value === undefined)) return verifyLedgers(context);
  throw new HostError('USAGE', "missing required argument 'id'", {
    hint: 'Name the lease: `capstan lease check lse_…`. Without one the ledgers themselves are checked.',
  });
}

/** Relative to the tree, as its regions are. */
function inTree(context: Context, root: string | null, path: string): string {
  return root === null ? path : relative(root, resolve(context.io.cwd, path)) || '.';
}
