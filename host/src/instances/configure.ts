import type { JsonObject } from '@capstan/protocol';
import {
  configHash,
  didYouMean,
  type InstalledCapability,
  maskedConfig,
  problemLines,
} from '../capabilities/index.ts';
import { HostError } from '../errors.ts';
import { type Desk, isRecorded, nobody } from './desk.ts';
import type { Instance } from './instance.ts';
import { mayBeRecorded } from './load.ts';
import { reconfigure, takeBack } from './reconfigure.ts';
import type { ConfigChange, ConfigReport, PhaseOptions } from './requests.ts';
import type { Known } from './roster.ts';
import {
  configuredAs,
  mustFit,
  type ConfigRecord,
  nothingSaid,
  type Said,
  type Setup,
  withoutOutdated,
} from './setup.ts';

/**
 * Changes what is set of an instance. Checked first; then its worker, if it has one, is reconfigured; then it is
 * recorded. Whatever of this fails, the old configuration is in force, there and on disk.
 */
export async function configure(
  desk: Desk,
  id: string,
  change: ConfigChange,
  options: PhaseOptions,
): Promise<ConfigReport> {
  const { roster } = desk;
  const known = roster.known(id);
  const capability = roster.capabilityOf(known.capability);
  return roster.alone(id, async () => {
    const live = roster.live(id);
    const said = saidAfter(known, roster.saidOf(known), change, capability);
    const warnings = mustFit(id, capability, said);
    const setup = roster.makeSetup(known, said);
    const kept = withoutUnknown(said, setup);
    await (live === undefined
      ? keepSaid(desk, known, kept, change)
      : changeLive(desk, live, setup, options, () => keepSaid(desk, known, kept, change)));
    return { ...reportOf(known, setup), warnings };
  });
}

/** What an instance is configured with: in its worker, if it has one, else what it would be started with. */
export function configOf({ roster }: Desk, id: string): ConfigReport {
  const known = roster.known(id);
  const inForce = roster.live(id)?.tenure?.setup;
  if (inForce !== undefined) return reportOf(known, inForce);
  // What cannot be used is shown all the same: whoever is to mend it has to see it.
  const capability = roster.capabilityOf(known.capability);
  const found = configuredAs(id, capability, roster.saidOf(known));
  return {
    ...reportOf(known, { ...found, capability, configHash: configHash(found.config) }),
    problems: problemLines(found.problems),
  };
}

type Configured = Pick<Setup, 'config' | 'sources' | 'configHash' | 'warnings' | 'capability'>;

function reportOf({ id, capability }: Known, configured: Configured): ConfigReport {
  const { config, sources, warnings } = configured;
  const schema = configured.capability.configSchema;
  return {
    instance: id,
    capability,
    values: maskedConfig(config, schema),
    sources,
    schema: schema ?? null,
    configHash: configured.configHash,
    warnings,
    problems: [],
  };
}

async function changeLive(
  desk: Desk,
  live: Instance,
  setup: Setup,
  options: PhaseOptions,
  keep: () => Promise<void>,
): Promise<void> {
  const before = live.setup;
  await reconfigure(desk, live, setup, options);
  try {
    await keep();
  } catch (error) {
    // What is not on disk is not in force either.
    if (live.tenure === null) live.adjust(before);
    else await takeBack(live, live.tenure, before);
    throw error;
  }
}

async function keepSaid(
  { roster, around }: Desk,
  known: Known,
  said: Said,
  { actor = nobody }: ConfigChange,
): Promise<void> {
  const { id: instance, capability } = known;
  const { config, whole } = said.record;
  if (isRecorded(known)) {
    await around.records.configure({ instance, capability, config, whole, actor });
  }
  roster.say(known, said);
}

function saidAfter(
  { id }: Known,
  before: Said,
  { set, unset, replace, reset, lenient }: ConfigChange,
  capability: InstalledCapability,
): Said {
  if (replace !== undefined && (set !== undefined || unset !== undefined)) {
    throw new HostError(
      'INPUT_INVALID',
      'Give either the whole configuration or changes of single settings, not both.',
    );
  }
  mayBeRecorded(id, { ...replace, ...set }, capability);
  const present =
    reset === true
      ? nothingSaid.record
      : withoutOutdated(before.record, capability.configSchema).record;
  for (const name of unset ?? []) mustBeSetting(id, name, before.record, capability);
  const record =
    replace === undefined
      ? withChanges(present, set ?? {}, unset ?? [])
      : { config: replace, whole: true };
  return { ...before, record, ...(lenient === undefined ? {} : { lenient }) };
}

function withChanges(
  { config, whole }: ConfigRecord,
  set: JsonObject,
  unset: readonly string[],
): ConfigRecord {
  const kept = Object.entries(config ?? {}).filter(([key]) => !unset.includes(key));
  const changed: JsonObject = { ...Object.fromEntries(kept), ...set };
  const isNothing = Object.keys(changed).length === 0 && !whole;
  return isNothing ? { config: null, whole: false } : { config: changed, whole };
}

/** Taking back what was never there is a spelling mistake. */
function mustBeSetting(
  id: string,
  name: string,
  { config }: ConfigRecord,
  { configSchema }: InstalledCapability,
): void {
  if (config !== null && Object.hasOwn(config, name)) return;
  const properties = configSchema?.['properties'];
  if (typeof properties !== 'object' || properties === null) return;
  const known = Object.keys(properties);
  if (known.includes(name)) return;
  const hint = didYouMean(name, known);
  throw new HostError('CONFIG_INVALID', `${id} has no setting "${name}".`, {
    ...(hint === undefined ? {} : { hint }),
    details: { instance: id, setting: name },
  });
}

/** With leniency, settings that nobody knows were dropped; they are not recorded either. */
function withoutUnknown(said: Said, { config: known }: Setup): Said {
  const { config, whole } = said.record;
  if (config === null) return said;
  const kept = Object.entries(config).filter(([key]) => Object.hasOwn(known, key));
  return { ...said, record: { config: Object.fromEntries(kept), whole } };
}
