import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { withHost } from '../../host-client/index.ts';
import type { JsonSchema } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import { table } from '../../terminal/table.ts';
import { typeOf } from '../show/type-of.ts';
import { settingsOf, shown } from './settings.ts';

export async function schema(context: Context, name: string): Promise<ExitCode> {
  const report = await withHost(context, { dispatch: false }, (host) => host.config(name));
  const { instance, capability } = report;
  if (context.json) context.printJson({ instance, capability, schema: report.schema });
  else if (report.schema === null || Object.keys(report.schema).length === 0) {
    context.say(`${capability} declares no settings, and takes any.`);
  } else context.print(...describe(context, report.schema));
  return 0;
}

function describe({ io, style }: Context, whole: JsonSchema): string[] {
  const required = Array.isArray(whole['required']) ? whole['required'] : [];
  const rows = allSettings(settingsOf(whole), required).map(({ name, of, isRequired }) => [
    name,
    typeOf(of),
    of['default'] === undefined ? (isRequired ? 'required' : '-') : shown(of['default']),
    oneLine([limitsOf(of), reloadOf(of), textOf(of)].filter((text) => text !== '').join('; ')),
  ]);
  if (rows.length === 0) return ['It has no settings.'];
  return table(['SETTING', 'TYPE', 'DEFAULT', ''], rows, { columns: tableColumns(io), style });
}

interface Row {
  name: string;
  of: JsonSchema;
  isRequired: boolean;
}

/** With the members of objects, as `config set` names them. */
function allSettings(
  settings: { [name: string]: JsonSchema },
  required: readonly unknown[],
  prefix = '',
): Row[] {
  return Object.entries(settings).flatMap(([name, of]) => [
    { name: `${prefix}${name}`, of, isRequired: required.includes(name) },
    ...(prefix.split('.').length > 4
      ? []
      : allSettings(
          settingsOf(of),
          Array.isArray(of['required']) ? of['required'] : [],
          `${prefix}${name}.`,
        )),
  ]);
}

function limitsOf(of: JsonSchema): string {
  const { minimum, maximum, minLength, maxLength, pattern, format } = of;
  return [
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    // A format says the same, for people.
    typeof pattern === 'string' && format === undefined ? `matches ${pattern}` : '',
    typeof format === 'string' ? format : '',
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function range(from: unknown, to: unknown, unit: string): string {
  // The bounds of what a number can be are none of the setting's.
  const least = from === Number.MIN_SAFE_INTEGER ? undefined : from;
  const most = to === Number.MAX_SAFE_INTEGER ? undefined : to;
  if (typeof least === 'number' && typeof most === 'number') return `${least} to ${most}${unit}`;
  if (typeof least === 'number') return `at least ${least}${unit}`;
  return typeof most === 'number' ? `at most ${most}${unit}` : '';
}

const reloadOf = ({ reloadTrigger }: JsonSchema): string =>
  typeof reloadTrigger === 'string' ? `reloads ${reloadTrigger}` : '';

const textOf = ({ title, description }: JsonSchema): string =>
  [title, description].find((text) => typeof text === 'string' && text !== '')?.toString() ?? '';
