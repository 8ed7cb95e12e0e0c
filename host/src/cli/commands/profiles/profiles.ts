import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { inspect } from '../../inspect.ts';
import { instanceText } from '../../job-summary.ts';
import type { ProfileRow } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import { age, bytesText, took } from '../../terminal/quantities.ts';
import { type Cell, table } from '../../terminal/table.ts';

export interface ProfilesOptions {
  capability?: string;
  instance?: string;
}

export async function profiles(
  context: Context,
  name: string | undefined,
  { capability, instance }: ProfilesOptions,
): Promise<ExitCode> {
  const all = await inspect(context, (view) => view.profiles());
  const found = all.filter(
    (profile) =>
      (name === undefined || profile.instance === name || profile.capability === name) &&
      (capability === undefined || profile.capability === capability) &&
      (instance === undefined || profile.instance === instance),
  );
  if (context.json) context.printJson({ profiles: found });
  else if (found.length > 0) {
    context.print(...list(context, found));
    context.say(...notes(context, found));
  } else {
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

/** As short as it is unmistakable for a person. */
export const shortHash = (configHash: string): string =>
  configHash.replace(/^sha256:/, '').slice(0, 12);

function list({ io, style }: Context, found: readonly ProfileRow[]): string[] {
  const nowMs = io.nowMs();
  const rows = found.map((profile): (string | Cell)[] => {
    const { instance, capability, calls, completed, meanDurationMs, meanCpuPercent } = profile;
    const { meanRssBytes, peakRssBytes } = profile;
    return [
      instanceText({ capability, instance: instance === capability ? null : instance }) ?? '',
      shortHash(profile.configHash),
      String(calls),
      { text: share(completed, calls), paint: completed < calls ? style.yellow : same },
      meanDurationMs === null ? '-' : took(meanDurationMs),
      meanCpuPercent === null ? '-' : `${Math.round(meanCpuPercent)}%`,
      meanRssBytes === null ? '-' : bytesText(meanRssBytes),
      peakRssBytes === null ? '-' : bytesText(peakRssBytes),
      vramText(profile),
      usageText(profile.usage),
      age(profile.lastAt, nowMs),
    ];
  });
  const header = [
    'INSTANCE',
    'CONFIG',
    'CALLS',
    'COMPLETED',
    'TIME',
    'CPU',
    'RAM',
    'RAM PEAK',
    'GPU PEAK',
    'USED',
    'LAST',
  ];
  return table(header, rows, { columns: tableColumns(io), style });
}

const same = (text: string): string => text;

/** `118 (98%)`; never 100 while one is missing. */
function share(completed: number, calls: number): string {
  const percent = (completed / calls) * 100;
  const rounded = completed < calls ? Math.min(99, Math.round(percent)) : 100;
  return `${completed} (${rounded}%)`;
}

function vramText({ peakVramBytes }: ProfileRow): string {
  if (peakVramBytes === null) return '-';
  const held = Object.entries(peakVramBytes);
  if (held.length === 0) return 'none';
  return held.map(([index, bytes]) => `${bytesText(bytes)} of gpu:${index}`).join(', ');
}

/** What failed calls held, where that was more than any completed one. */
function notes({ talkStyle }: Context, found: readonly ProfileRow[]): string[] {
  return found.flatMap((profile) => {
    const { instance, configHash, failedPeakRssBytes: failed, peakRssBytes: peak } = profile;
    const vram = Object.entries(profile.failedPeakVramBytes ?? {}).filter(
      ([index, bytes]) => bytes > (profile.peakVramBytes?.[index] ?? 0),
    );
    const more = [
      ...(failed !== null && failed > (peak ?? 0) ? [`${bytesText(failed)} of memory`] : []),
      ...vram.map(([index, bytes]) => `${bytesText(bytes)} of gpu:${index}`),
    ];
    if (more.length === 0) return [];
    const who = `${instance} (${shortHash(configHash)})`;
    return [
      talkStyle.dim(`Calls of ${who} that did not complete held up to ${more.join(' and ')}.`),
    ];
  });
}

/** Units are the tool's own words, and nobody here knows which of them would read better otherwise. */
function usageText(usage: ProfileRow['usage']): string {
  const parts = Object.entries(usage).map(([unit, amount]) => `${rounded(amount)} ${unit}`);
  return parts.length === 0 ? '-' : oneLine(parts.join(', '));
}

const rounded = (amount: number): string =>
  Number.isInteger(amount) ? String(amount) : String(Number(amount.toPrecision(6)));
