import { HostError } from '../../../errors.ts';
import type { InstanceView, LoadRequest, LoadResult } from '../../../http/surface.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { describeFailure, exitCodeOf, failureOf } from '../../failure.ts';
import { type AskedHost, withHost } from '../../host-client/index.ts';
import { longWork } from '../../long-work.ts';
import type { JsonObject } from '../../runtime.ts';
import { assignmentIn, settingsFrom } from '../config/set.ts';

export interface LoadOptions {
  as?: string;
  new?: boolean;
  set?: string[];
  config?: string;
  env?: string[];
  adapter?: string[];
  slots?: number;
  lenient?: boolean;
  concurrency?: number;
  failFast?: boolean;
  actor: string;
}

export async function load(
  context: Context,
  names: string[],
  options: LoadOptions,
): Promise<ExitCode> {
  mustFit(names, options);
  const { results, isResident } = await withHost(context, { dispatch: false }, async (host) => ({
    results: await loaded(context, host, names, options),
    isResident: host.isResident,
  }));
  const failed = results.find((result) => result.kind === 'failed');
  if (results.length === 1 && failed !== undefined) throw failed.error;
  if (context.json) context.printJson({ results: results.map(documentOf) });
  else for (const result of results) tell(context, result);
  if (!isResident && failed === undefined) {
    const { dim } = context.talkStyle;
    context.say(
      dim('No host stays up here, so its worker has ended again; `capstan up` keeps one.'),
    );
  }
  return failed === undefined ? 0 : exitCodeOf(failureOf(failed.error));
}

async function loaded(
  context: Context,
  host: AskedHost,
  names: readonly string[],
  options: LoadOptions,
): Promise<LoadResult[]> {
  const [name = ''] = names;
  const { concurrency, failFast, actor } = options;
  if (names.length > 1) {
    const requests = names.map((capability) => ({ capability, actor }));
    return longWork(context, names.join(', '), ({ signal }) =>
      host.loadAll(requests, {
        signal,
        ...(concurrency === undefined ? {} : { concurrency }),
        ...(failFast === undefined ? {} : { failFast }),
      }),
    );
  }
  const request = await requestOf(context, host, name, options);
  const key = options.as ?? name;
  const instance = await longWork(context, key, (phases) => host.load(request, phases));
  return [{ key, kind: 'loaded', instance }];
}

async function requestOf(
  context: Context,
  host: AskedHost,
  capability: string,
  options: LoadOptions,
): Promise<LoadRequest> {
  const { as, new: isNew, set, config, env, adapter, slots, lenient, actor } = options;
  const settings =
    set === undefined ? undefined : await typedSettings(context, host, capability, set);
  return {
    capability,
    actor,
    ...(as === undefined ? {} : { instance: as }),
    ...(isNew === undefined ? {} : { isNew }),
    ...(settings === undefined ? {} : { set: settings }),
    ...(config === undefined ? {} : { config: await settingsFrom(context, config) }),
    ...(env === undefined ? {} : { env: Object.fromEntries(env.map(variableIn)) }),
    ...(adapter === undefined ? {} : { adapters: adapter }),
    ...(slots === undefined ? {} : { slots }),
    ...(lenient === undefined ? {} : { lenient }),
  };
}

/** Texts become what the capability declares. */
async function typedSettings(
  context: Context,
  host: AskedHost,
  capability: string,
  set: readonly string[],
): Promise<JsonObject> {
  const known = await host.instances();
  if (!known.some(({ instance }) => instance === capability)) return {};
  const { assignedSettings } = await context.doors.declared();
  const { schema, values } = await host.config(capability);
  return assignedSettings(set.map(assignmentIn), schema ?? {}, values);
}

function variableIn(text: string): [name: string, value: string] {
  const [, name, value] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new HostError('USAGE', `--env ${text}: write NAME=value.`);
}

function mustFit(names: readonly string[], options: LoadOptions): void {
  const { as, new: isNew, set, config, env, adapter, slots, lenient } = options;
  if (as !== undefined && isNew === true) {
    throw new HostError('USAGE', 'Give --as or --new: a new instance gets its name from Capstan.');
  }
  if (set !== undefined && config !== undefined) {
    throw new HostError('USAGE', 'Give --set or --config: --config is the whole configuration.');
  }
  const ofOne = [as, isNew, set, config, env, adapter, slots, lenient];
  if (names.length > 1 && ofOne.some((option) => option !== undefined)) {
    throw new HostError(
      'USAGE',
      'What is said of an instance is said of one: load them one by one.',
      {
        hint: 'Of several, only --concurrency, --fail-fast and --actor.',
      },
    );
  }
}

const documentOf = (result: LoadResult): object =>
  result.kind === 'failed'
    ? { key: result.key, instance: null, error: failureOf(result.error) }
    : { key: result.key, instance: result.instance, error: null };

function tell(context: Context, result: LoadResult): void {
  if (result.kind === 'failed') {
    context.say(...describeFailure(failureOf(result.error), context.talkStyle));
  } else context.print(...ready(context, result.instance));
}

export function ready({ style }: Context, view: InstanceView): string[] {
  const { instance, capability, pid, enabled, notices } = view;
  const of = instance === capability ? '' : ` (${capability})`;
  const disabled = enabled ? '' : style.yellow('; it is disabled, and takes no calls');
  return [
    `${instance}${of} is ${style.green('ready')} (process ${pid})${disabled}`,
    ...notices.map((text) => `  ${style.yellow(text)}`),
  ];
}
