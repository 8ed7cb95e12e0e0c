import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '@capstan/protocol';
import { type InstalledCapability, confidentialProblems } from '../capabilities/index.ts';
import { HostError } from '../errors.ts';
import { type Desk, isRecorded, nobody, phasesTo, viewOf } from './desk.ts';
import { mustBeVisible } from './env.ts';
import type { Instance } from './instance.ts';
import { capabilityName, generatedName, looksGenerated, mustBeId, takenName } from './names.ts';
import { reconfigure } from './reconfigure.ts';
import type { LoadRequest, PhaseOptions } from './requests.ts';
import { goneInstance, type Known } from './roster.ts';
import {
  mustFit,
  type ConfigRecord,
  configInvalid,
  isSame,
  type Said,
  type Setup,
  sameButConfig,
  withoutOutdated,
} from './setup.ts';
import type { InstanceView } from './view.ts';
import { tell } from './voice.ts';

/**
 * Makes an instance what is asked for and brings it up. One that is up already is changed: its configuration
 * alive, and only for what a worker is started with does it get another. What was said is recorded when all of
 * it has worked; when it has not, everything is as it was, and no process is left.
 */
export async function load(
  desk: Desk,
  request: LoadRequest,
  options: PhaseOptions,
): Promise<InstanceView> {
  const known = subjectOf(desk, request);
  try {
    return await desk.roster.alone(known.id, () => loadAlone(desk, known, request, options));
  } catch (error) {
    // It never was: nobody is to find it.
    if (known.kind === 'generated' && request.isNew === true) desk.roster.drop(known.id);
    throw error;
  }
}

async function loadAlone(
  desk: Desk,
  known: Known,
  request: LoadRequest,
  options: PhaseOptions,
): Promise<InstanceView> {
  const { roster, around } = desk;
  const isNew = roster.find(known.id) === null || request.isNew === true;
  const capability = roster.capabilityOf(known.capability);
  const said = saidWith(roster.saidOf(known), request, capability, known);
  const isConfigured = request.config !== undefined || request.set !== undefined;
  if (isConfigured) mustFit(known.id, capability, said);
  const setup = roster.makeSetup(known, said);
  const instance = roster.live(known.id) ?? roster.instanceWith(asItWas(desk, known) ?? setup);
  try {
    await instance.operate(async () => {
      await bringTo(desk, instance, setup, options);
      await keep(desk, known, said, request);
    });
  } catch (error) {
    if (isNew) await undo(desk, known, instance);
    throw error;
  }
  const { setup: present, tenure } = instance;
  await tenure?.examined;
  const session = tenure?.worker.session ?? null;
  const { kind } = known;
  tell(around, present, 'instance_loaded', session, { kind, slots: present.slots }, request.actor);
  return viewOf(desk, instance);
}

/** What it is without this load; null where that cannot be. */
function asItWas({ roster }: Desk, known: Known): Setup | null {
  try {
    return roster.setupOf(known);
  } catch {
    return null;
  }
}

/** Which instance is meant. Throws INSTANCE_EXISTS, INPUT_INVALID, and what `mustBeOf` throws. */
function subjectOf({ roster }: Desk, { capability, instance, isNew = false }: LoadRequest): Known {
  const named = roster.named(capability);
  if (isNew && instance !== undefined) {
    throw new HostError('INPUT_INVALID', 'A new instance gets its name from Capstan; give either.');
  }
  if (isNew) return roster.generate(named.capability);
  if (instance === undefined) return named;
  mustBeId(instance);
  const known = roster.find(instance);
  if (known === null && looksGenerated(instance, named.capability)) throw generatedName(instance);
  if (known === null) return { id: instance, capability: named.capability, kind: 'named' };
  if (known.capability === named.capability) return known;
  throw known.kind === 'default' ? capabilityName(instance) : takenName(instance, known.capability);
}

function saidWith(
  before: Said,
  { config, set, adapters, slots, lenient, env }: LoadRequest,
  capability: InstalledCapability,
  { id }: Known,
): Said {
  if (config !== undefined && set !== undefined) {
    const message = 'Give either the whole configuration or single settings, not both.';
    throw new HostError('INPUT_INVALID', message);
  }
  mustBeSlots(slots);
  if (env !== undefined) mustBeVisible(env, capability, id);
  mayBeRecorded(id, { ...config, ...set }, capability);
  return {
    ...before,
    record: recordWith(before.record, { config, set }, capability),
    ...(env === undefined ? {} : { env: { ...before.env, ...env } }),
    ...(adapters === undefined ? {} : { adapters }),
    ...(slots === undefined ? {} : { slots }),
    ...(lenient === undefined ? {} : { lenient }),
  };
}

function recordWith(
  before: ConfigRecord,
  { config, set }: { config: JsonObject | undefined; set: JsonObject | undefined },
  { configSchema }: InstalledCapability,
): ConfigRecord {
  if (config !== undefined) return { config, whole: true };
  if (set === undefined) return before;
  const { record } = withoutOutdated(before, configSchema);
  return { ...record, config: { ...record.config, ...set } };
}

/** Throws CONFIG_INVALID for passwords: what is recorded stands in the journal for ever. */
export function mayBeRecorded(
  id: string,
  values: JsonObject,
  { configSchema }: InstalledCapability,
): void {
  if (configSchema === undefined) return;
  const problems = confidentialProblems(values, configSchema);
  if (problems.length > 0) throw configInvalid(id, problems);
}

function mustBeSlots(slots: number | undefined): void {
  if (slots === undefined || (Number.isInteger(slots) && slots >= 1 && slots <= 1024)) return;
  throw new HostError(
    'INPUT_INVALID',
    `slots is ${slots}; it has to be a whole number from 1 to 1024`,
  );
}

async function bringTo(
  desk: Desk,
  instance: Instance,
  setup: Setup,
  options: PhaseOptions,
): Promise<void> {
  const { signal } = options;
  const onPhase = phasesTo(options);
  const tenure = await instance.bringUp(setup, signal, onPhase);
  if (isSame(tenure.setup, setup)) instance.adjust(setup);
  else if (sameButConfig(tenure.setup, setup)) await reconfigure(desk, instance, setup, options);
  else await instance.replace(setup, signal, onPhase);
}

async function keep(
  { roster, around }: Desk,
  known: Known,
  said: Said,
  { actor = nobody }: LoadRequest,
): Promise<void> {
  const { id: instance, capability } = known;
  const before = roster.saidOf(known);
  const isNamed = known.kind === 'named' && around.records.one(instance) === null;
  if (isRecorded(known)) {
    const { config, whole } = said.record;
    if (isNamed || !isDeepStrictEqual(said.record, before.record)) {
      await around.records.configure({ instance, capability, config, whole, actor });
    }
    if (!isDeepStrictEqual(said.env, before.env)) {
      await around.records.setEnv({ instance, capability, env: said.env, actor });
    }
  }
  if (known.kind === 'named') roster.name(known);
  roster.say(known, said);
}

async function undo(
  { roster }: Desk,
  { id, capability }: Known,
  instance: Instance,
): Promise<void> {
  await instance.close(goneInstance(id, capability));
  roster.forgetLive(id);
  roster.drop(id);
}
