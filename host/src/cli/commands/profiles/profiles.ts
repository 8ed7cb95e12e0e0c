import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { inspect } from '../../inspect.ts';
import { instanceText } from '../../job-summary.ts';
import type { ProfileRow } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import { age } from '../../terminal/quantities.ts';
import { table } from '../../terminal/table.ts';

export interface ProfilesOptions {
  capability?: string;
  instance?: string;
}

export async function profiles(context: Context, options: ProfilesOptions): Promise<ExitCode> {
  const { capability, instance } = options;
  const all = await inspect(context, (view) => view.profiles());
  const found = all.filter(
    (profile) =>
      (capability === undefined || profile.capability === capability) &&
      (instance === undefined || profile.instance === instance),
  );
  if (context.json) context.printJson({ profiles: found });
  else if (found.length > 0) context.print(...list(context, found));
  else {
    context.say(
      all.length === 0
        ? 'No calls were answered yet. `capstan run` and `capstan submit` make some.'
        : `No such instance has answered a call. There are ${known(all)}.`,
    );
  }
  return 0;
}

const known = (all: readonly ProfileRow[]): string =>
  [...new Set(all.map(({ instance }) => instance))].join(', ');

function list({ io, style }: Context, found: readonly ProfileRow[]): string[] {
  const nowMs = io.nowMs();
  const rows = found.map(
    ({ instance, capability, configHash, calls, completed, usage, lastAt }) => [
      instanceText({ capability, instance: instance === capability ? null : instance }) ?? '',
      configHash.replace(/^sha256:/, '').slice(0, 12),
      String(calls),
      String(completed),
      usageText(usage),
      age(lastAt, nowMs),
    ],
  );
  const header = ['INSTANCE', 'CONFIG', 'CALLS', 'COMPLETED', 'USED', 'LAST'];
  return table(header, rows, { columns: tableColumns(io), style });
}

/** Units are the tool's own words, and nobody here knows which of them would read better otherwise. */
function usageText(usage: ProfileRow['usage']): string {
  const parts = Object.entries(usage).map(([unit, amount]) => `${rounded(amount)} ${unit}`);
  return parts.length === 0 ? '-' : oneLine(parts.join(', '));
}

const rounded = (amount: number): string =>
  Number.isInteger(amount) ? String(amount) : String(Number(amount.toPrecision(6)));
