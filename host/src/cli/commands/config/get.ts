import { HostError } from '../../../errors.ts';
import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { withHost } from '../../host-client/index.ts';
import type { ConfigReport } from '../../../http/surface.ts';
import type { Json } from '../../runtime.ts';
import { table } from '../../terminal/table.ts';
import { settingsOf, shown } from './settings.ts';

export async function get(
  context: Context,
  name: string,
  setting: string | undefined,
): Promise<ExitCode> {
  const report = await withHost(context, { dispatch: false }, (host) => host.config(name));
  if (setting === undefined) tellAll(context, report);
  else await tellOne(context, report, setting);
  return 0;
}

/** The one document about a configuration; `capstan config set` answers with it too. */
export const configDocument = ({ schema: _, ...report }: ConfigReport): object => report;

function tellAll(context: Context, report: ConfigReport): void {
  if (context.json) return context.printJson(configDocument(report));
  const { values, sources, warnings, problems, instance, schema } = report;
  const names = [...new Set([...Object.keys(settingsOf(schema)), ...Object.keys(values)])];
  if (names.length === 0) context.say(`${instance} has no settings.`);
  else context.print(...valueTable(context, names, values, sources));
  context.say(...warnings.map((text) => `${context.talkStyle.yellow('warning')}: ${text}`));
  if (problems.length === 0) return;
  const { red, dim } = context.talkStyle;
  context.say(
    ...problems.map((text) => `${red('problem')}: ${text}`),
    dim(`${instance} cannot be started like this. \`capstan config set\` or \`unset\` mends it.`),
  );
}

/** Settings with their values, and where those come from. */
export function valueTable(
  { io, style }: Context,
  names: readonly string[],
  values: ConfigReport['values'],
  sources: ConfigReport['sources'],
): string[] {
  const rows = names.map((name) => [
    name,
    Object.hasOwn(values, name) ? shown(values[name]) : { text: 'not set', paint: style.dim },
    sources[name] ?? '',
  ]);
  const widest = Math.max(5, tableColumns(io) - 40);
  const cut = rows.map(([name = '', value = '', source = '']) => [
    name,
    typeof value === 'string' && value.length > widest ? `${value.slice(0, widest - 1)}…` : value,
    source,
  ]);
  return table(['SETTING', 'VALUE', 'SOURCE'], cut, { columns: tableColumns(io), style });
}

async function tellOne(context: Context, report: ConfigReport, setting: string): Promise<void> {
  const { instance, values, sources, schema } = report;
  const known = [...new Set([...Object.keys(values), ...Object.keys(settingsOf(schema))])];
  const [first = '', ...inner] = known.includes(setting) ? [setting] : setting.split('.');
  if (!known.includes(first)) {
    const { didYouMean } = await context.doors.declared();
    throw new HostError('CONFIG_INVALID', `${instance} has no setting "${setting}".`, {
      hint: didYouMean(setting, known) ?? 'It has no settings at all.',
      details: { instance, setting, known },
    });
  }
  const value = inner.reduce<Json | undefined>(memberOf, values[first]);
  const source = value === undefined ? null : (sources[first] ?? null);
  if (context.json) return context.printJson({ instance, setting, value: value ?? null, source });
  if (value === undefined) context.say(context.talkStyle.dim(`${setting} is not set`));
  else context.print(typeof value === 'string' ? value : JSON.stringify(value));
}

const memberOf = (value: Json | undefined, key: string): Json | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
};
