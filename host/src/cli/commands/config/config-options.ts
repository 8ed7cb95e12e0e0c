import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { withHost } from '../../host-client/index.ts';
import type { Json, JsonObject } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import { table } from '../../terminal/table.ts';
import { shown } from './settings.ts';

export async function configOptions(context: Context, name: string): Promise<ExitCode> {
  const { report, options } = await withHost(context, { dispatch: false }, async (host) => ({
    report: await host.config(name),
    options: await host.configOptions(name, { start: true }),
  }));
  const { instance, capability } = report;
  if (context.json) {
    const { mergeOptions } = await context.doors.declared();
    const schema = report.schema === null ? null : mergeOptions(report.schema, options);
    context.printJson({ instance, capability, options, schema });
    return 0;
  }
  const rows = Object.entries(options).flatMap(([setting, live]) =>
    choicesOf(live, report.values[setting]).map((choice) => [setting, ...choice]),
  );
  if (rows.length === 0) context.say(`${instance} says nothing about what is possible now.`);
  else {
    const { style, io } = context;
    context.print(
      ...table(['SETTING', 'VALUE', 'NOW', ''], rows, { columns: tableColumns(io), style }),
    );
  }
  return 0;
}

type Row = [value: string, isNow: string, about: string];

/** A line per choice, and one for what bounds the setting. */
function choicesOf(live: Json, present: Json | undefined): Row[] {
  const { options, constraints } = objectOf(live);
  const choices = (Array.isArray(options) ? options : []).map(objectOf).map((choice): Row => {
    const { value, label } = choice;
    const isNow = JSON.stringify(value) === JSON.stringify(present) ? '*' : '';
    return [shown(value), isNow, typeof label === 'string' ? oneLine(label) : ''];
  });
  const bounds = Object.entries(objectOf(constraints)).map(
    ([rule, limit]): Row => ['', '', `${rule}: ${JSON.stringify(limit)}`],
  );
  return [...choices, ...bounds];
}

const objectOf = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
