import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { oneLine } from '../../terminal/plain.ts';
import { leaseRoot, withDesk } from './place.ts';

export interface LogOptions {
  ledger?: 'workspace' | 'machine';
  from?: number;
  limit: number;
}

/** What happened to leases, the latest last. */
export async function leaseLog(
  context: Context,
  { ledger, from, limit }: LogOptions,
): Promise<ExitCode> {
  const events = await withDesk(context, leaseRoot(context), (desk) =>
    desk.log({
      limit,
      ...(from === undefined ? {} : { fromSeq: from }),
      ...(ledger === undefined ? {} : { ledger }),
    }),
  );
  if (context.json) {
    context.printJson({ events });
    return 0;
  }
  if (events.length === 0) context.say('Nothing is recorded yet.');
  for (const { ledger: which, seq, at, type, leaseId, payload } of events) {
    const what = oneLine(eventText(payload));
    const where = which === 'machine' ? 'machine ' : '';
    const name = `${where}${String(seq).padStart(5)}`;
    context.print(`${name}  ${at}  ${type.padEnd(10)}  ${leaseId ?? '-'}  ${what}`.trimEnd());
  }
  return 0;
}

/** Of a payload what a person asks first: who, why. */
function eventText(payload: { [key: string]: unknown }): string {
  const lease = payload['lease'] as { holder?: { name?: string }; token?: number } | undefined;
  if (lease !== undefined) return `${lease.holder?.name ?? ''}, token ${lease.token ?? ''}`;
  const waiter = payload['waiter'] as { holder?: { name?: string }; ticket?: number } | undefined;
  if (waiter !== undefined) return `${waiter.holder?.name ?? ''}, ticket ${waiter.ticket ?? ''}`;
  const spawn = payload['spawn'];
  if (typeof spawn === 'object' && spawn !== null && 'holder' in spawn) return String(spawn.holder);
  const { holder, code, reason, because, by, from, ticket } = payload;
  const who = nameIn(holder);
  const parts = [
    who,
    code,
    reason ?? because,
    from === undefined ? undefined : `from ${String(from)}`,
    by === undefined ? undefined : `by ${String(by)}`,
    ticket === undefined || ticket === null ? undefined : `ticket ${String(ticket)}`,
  ];
  return parts.filter((part) => part !== undefined && part !== null).join(', ');
}

function nameIn(holder: unknown): unknown {
  const isNamed = typeof holder === 'object' && holder !== null && 'name' in holder;
  return isNamed ? holder.name : holder;
}

export async function compactLedgers(context: Context): Promise<ExitCode> {
  const ledgers = await withDesk(context, leaseRoot(context), (desk) => desk.compact());
  if (context.json) context.printJson({ ledgers });
  for (const { ledger, before, after } of context.json ? [] : ledgers) {
    context.print(`the ledger of the ${ledger}: ${rows(before)}, now ${after}.`);
  }
  return 0;
}

const rows = (count: number): string => `${count} ${count === 1 ? 'row' : 'rows'}`;

/** Throws LEDGER_UNREADABLE where one of them is not what its rows say it is. */
export async function verifyLedgers(context: Context): Promise<ExitCode> {
  const ledgers = await withDesk(context, leaseRoot(context), (desk) => desk.verify());
  const problems = ledgers.flatMap(({ ledger, problems: found }) =>
    found.map(({ seq, message }) => {
      const where = seq === null ? '' : `, row ${seq}`;
      return `the ledger of the ${ledger}${where}: ${message}`;
    }),
  );
  if (problems.length > 0) {
    throw new HostError('LEDGER_UNREADABLE', problems.join('\n'), { details: { ledgers } });
  }
  if (context.json) context.printJson({ ledgers });
  for (const { ledger, events, token, path } of context.json ? [] : ledgers) {
    context.print(
      `the ledger of the ${ledger} is whole: ${rows(events)}, the highest token is ${token} (${path})`,
    );
  }
  return 0;
}
