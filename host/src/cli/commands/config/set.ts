import { resolve } from 'node:path';
import { HostError } from '../../../errors.ts';
import type { ConfigChange, ConfigReport } from '../../../http/surface.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type AskedHost, withHost } from '../../host-client/index.ts';
import { parseJson } from '../../inputs.ts';
import type { Assignment, JsonObject } from '../../runtime.ts';
import { truncate } from '../../terminal/width.ts';
import { configDocument, valueTable } from './get.ts';

export interface SetOptions {
  file?: string;
  replace?: boolean;
  unset?: string[];
  lenient?: boolean;
  actor: string;
}

export async function set(
  context: Context,
  name: string,
  settings: readonly string[],
  options: SetOptions,
): Promise<ExitCode> {
  const { file, replace = false, unset, lenient, actor } = options;
  if (settings.length === 0 && file === undefined && unset === undefined && !replace) {
    throw new HostError('USAGE', 'It is not said what to set.', {
      hint: 'Write setting=value, or --file, --unset, --replace. See `capstan config set --help`.',
    });
  }
  if (replace && unset !== undefined) {
    throw new HostError('USAGE', '--replace leaves nothing that --unset could take back.');
  }
  const assignments = settings.map(assignmentIn);
  const fromFile = file === undefined ? {} : await settingsFrom(context, file);
  return changed(context, name, async (host) => {
    const { schema, values } = await host.config(name);
    const { assignedSettings } = await context.doors.declared();
    const typed = assignedSettings(assignments, schema ?? {}, { ...values, ...fromFile });
    const given: JsonObject = { ...fromFile, ...typed };
    const what = replace
      ? { replace: given }
      : { set: given, ...(unset === undefined ? {} : { unset }) };
    return { ...what, ...(lenient === undefined ? {} : { lenient }), actor };
  });
}

export function takeBack(
  context: Context,
  name: string,
  settings: readonly string[],
  { all = false, actor }: { all?: boolean; actor: string },
): Promise<ExitCode> {
  if (all === settings.length > 0) {
    throw new HostError(
      'USAGE',
      all ? '--all takes no names of settings.' : 'It is not said what to take back.',
      { hint: 'Name settings, or write --all.' },
    );
  }
  return changed(context, name, () =>
    Promise.resolve(all ? { reset: true, actor } : { unset: [...settings], actor }),
  );
}

async function changed(
  context: Context,
  name: string,
  change: (host: AskedHost) => Promise<ConfigChange>,
): Promise<ExitCode> {
  const { before, report, isLoaded } = await withHost(
    context,
    { dispatch: false },
    async (host) => {
      const was = await host.config(name);
      const now = await host.configure(name, await change(host));
      const views = await host.instances();
      const view = views.find(({ instance }) => instance === now.instance);
      return { before: was, report: now, isLoaded: view !== undefined && view.state !== 'stopped' };
    },
  );
  if (context.json) context.printJson(configDocument(report));
  else tell(context, before, report, isLoaded);
  return 0;
}

function tell(
  context: Context,
  before: ConfigReport,
  report: ConfigReport,
  isLoaded: boolean,
): void {
  const { instance, values, sources, warnings } = report;
  const differs = (name: string) =>
    JSON.stringify(values[name]) !== JSON.stringify(before.values[name]) ||
    sources[name] !== before.sources[name];
  const names = [...new Set([...Object.keys(values), ...Object.keys(before.values)])];
  const found = names.filter(differs);
  if (found.length === 0) context.print(`${instance}: nothing has changed`);
  else context.print(...valueTable(context, found, values, sources));
  context.say(...warnings.map((text) => `${context.talkStyle.yellow('warning')}: ${text}`));
  if (found.length === 0) return;
  const when = isLoaded ? 'Its worker works with it now.' : 'It counts from its next start.';
  context.say(context.talkStyle.dim(when));
}

/** `name=text`, or `name:=json`. */
export function assignmentIn(text: string): Assignment {
  const [, name, colon, value] = /^([^=:]+)(:?)=([^]*)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) {
    if (colon !== ':') return { name, text: value };
    return { name, value: parseJson(value, truncate(text.slice(0, 200), 80)) };
  }
  const lack = text.includes('=') ? 'name before the "="' : '"="';
  throw new HostError('USAGE', `${truncate(text.slice(0, 200), 80)} has no ${lack}.`, {
    hint: 'Write setting=value, or setting:=json.',
  });
}

/** A file's settings; `-` is stdin. */
export async function settingsFrom(context: Context, file: string): Promise<JsonObject> {
  const { readSettings, settingsIn } = await context.doors.declared();
  if (file === '-') return settingsIn(await context.io.stdin.text(), 'stdin');
  return readSettings(resolve(context.io.cwd, file));
}
