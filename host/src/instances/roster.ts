import { didYouMean, type InstalledCapability } from '../capabilities/index.ts';
import { HostError } from '../errors.ts';
import type { InstanceRow } from '../stores/index.ts';
import { Instance } from './instance.ts';
import { LiveSchemas } from './live-schemas.ts';
import { generatedId, looksGenerated, unknownInstance } from './names.ts';
import type { JobsByCall } from './output.ts';
import { nothingSaid, type Said, type Setup, setupOf } from './setup.ts';
import type { Surroundings } from './surroundings.ts';
import type { InstanceKind } from './view.ts';

/** An instance by name: whose it is, and where it comes from. */
export interface Known {
  id: string;
  capability: string;
  kind: InstanceKind;
}

/**
 * Which instances there are, what was said of each, and the live side of those that have one. Declared ones
 * come from `capstan.yaml`, named ones from the records, generated ones from nowhere but here.
 */
export class Roster {
  readonly #around: Surroundings;
  readonly #jobs: JobsByCall;
  readonly #generated = new Map<string, Known>();
  /** By capability: which named ones the records know. Read once; this host alone writes them. */
  #named: Map<string, Known> | null = null;
  readonly #said = new Map<string, Said>();
  readonly #setups = new Map<
    string,
    { capability: InstalledCapability; said: Said; setup: Setup }
  >();
  readonly #live = new Map<string, Instance>();
  /** The end of the last operation on each. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #ids: { declared: object; ids: { readonly [id: string]: string } } | null = null;
  readonly #liveSchemas = new LiveSchemas();

  constructor(around: Surroundings, jobs: JobsByCall) {
    this.#around = around;
    this.#jobs = jobs;
  }

  /** Null for a name that no instance has. */
  find(id: string): Known | null {
    const { capabilities, instances } = this.#around.declared();
    if (capabilities.includes(id)) return { id, capability: id, kind: 'default' };
    const capability = Object.hasOwn(instances, id) ? instances[id] : undefined;
    if (capability !== undefined) return { id, capability, kind: 'declared' };
    return this.#generated.get(id) ?? this.#namedOnes().get(id) ?? null;
  }

  /** Throws INSTANCE_NOT_FOUND with the nearest name. */
  known(id: string): Known {
    const known = this.find(id);
    if (known !== null) return known;
    throw unknownInstance(
      id,
      this.all().map((each) => each.id),
    );
  }

  /** The instance that a capability's or an instance's name stands for. Throws CAPABILITY_NOT_FOUND. */
  named(name: string): Known {
    const known = this.find(name);
    if (known !== null) return known;
    const hint = didYouMean(
      name,
      this.all().map(({ id }) => id),
    );
    const message = `There is no capability or instance "${name}".`;
    throw new HostError('CAPABILITY_NOT_FOUND', message, hint === undefined ? {} : { hint });
  }

  /** Those of a capability together, its default instance first. */
  all(): Known[] {
    const { capabilities, instances } = this.#around.declared();
    const others = [
      ...Object.entries(instances).map(([id, capability]) => known(id, capability, 'declared')),
      ...[...this.#namedOnes().values()].filter(({ id }) => this.find(id)?.kind === 'named'),
      ...this.#generated.values(),
    ];
    return capabilities.flatMap((name) => [
      known(name, name, 'default'),
      ...others.filter(({ capability }) => capability === name),
    ]);
  }

  /** The capability of each instance that has a name of its own. */
  ids(): { readonly [id: string]: string } {
    const declared = this.#around.declared();
    // Asked for each job that is submitted, and changed by hand.
    if (this.#ids?.declared !== declared) {
      const own = this.all().filter(({ kind }) => kind !== 'default');
      const ids = Object.fromEntries(own.map(({ id, capability }) => [id, capability]));
      this.#ids = { declared, ids };
    }
    return this.#ids.ids;
  }

  /** A new one, known until it is dropped or its host ends. */
  generate(capability: string): Known {
    const id = generatedId(capability, (each) => this.find(each) !== null);
    const generated = known(id, capability, 'generated');
    this.#generated.set(id, generated);
    this.#ids = null;
    return generated;
  }

  /** It is recorded now. */
  name({ id, capability }: Known): void {
    this.#namedOnes().set(id, known(id, capability, 'named'));
    this.#ids = null;
  }

  /** It is not known any more; what is declared stays, and forgets what was said of it. */
  drop(id: string): void {
    this.#generated.delete(id);
    this.#namedOnes().delete(id);
    this.#ids = null;
    this.#said.delete(id);
    this.#setups.delete(id);
  }

  /** What was said of it at run time. */
  saidOf({ id, capability, kind }: Known): Said {
    const said = this.#said.get(id);
    if (said !== undefined) return said;
    const row = kind === 'generated' ? null : this.#around.records.one(id);
    const recorded = row === null || !isOf(row, capability) ? nothingSaid : saidIn(row);
    if (row?.problem !== undefined) this.#tellDamaged(id, capability, row.problem);
    this.#said.set(id, recorded);
    return recorded;
  }

  say({ id }: Known, said: Said): void {
    this.#said.set(id, said);
  }

  /**
   * What an instance is to be, as things are now. Throws CAPABILITY_NOT_INSTALLED and its like, and
   * CONFIG_INVALID.
   */
  setupOf(known: Known): Setup {
    const capability = this.#around.capabilityOf(known.capability);
    const said = this.saidOf(known);
    const made = this.#setups.get(known.id);
    if (made?.capability === capability && made.said === said) return made.setup;
    const setup = this.makeSetup(known, said);
    this.#setups.set(known.id, { capability, said, setup });
    return setup;
  }

  /** A capability, with the settings that its live worker turned out to have. Throws as `setupOf`. */
  capabilityOf(name: string): InstalledCapability {
    for (const { tenure, setup } of this.#live.values()) {
      if (tenure !== null && setup.capability.name === name) this.#liveSchemas.hear(tenure);
    }
    return this.#liveSchemas.applyTo(this.#around.capabilityOf(name));
  }

  /** What it would be, were this said of it. */
  makeSetup(known: Known, said: Said): Setup {
    const capability = this.capabilityOf(known.capability);
    const silenceMs = this.#around.silenceMs;
    const setup = setupOf(known, capability, said);
    return silenceMs === undefined ? setup : { ...setup, silenceMs };
  }

  /** One operation on an instance at a time: whoever wants another waits until this one has ended. */
  async alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#turns.get(id) ?? Promise.resolve()).then(async () => {
      const live = this.#live.get(id);
      return live === undefined ? work() : live.operate(work);
    });
    const turn = done
      .catch(() => {})
      .finally(() => {
        if (this.#turns.get(id) === turn) this.#turns.delete(id);
      });
    this.#turns.set(id, turn);
    return done;
  }

  /** The live side of an instance, if anything was ever done with it. */
  live(id: string): Instance | undefined {
    return this.#live.get(id);
  }

  /** The same, made if need be, and up to date. */
  instance(known: Known): Instance {
    return this.instanceWith(this.setupOf(known));
  }

  /** The same with another setup than what is declared and recorded, if it has to be made. */
  instanceWith(setup: Setup): Instance {
    const live = this.#live.get(setup.id);
    if (live !== undefined) {
      live.become(setup);
      return live;
    }
    const made = new Instance(setup, this.#around, this.#jobs);
    this.#live.set(setup.id, made);
    return made;
  }

  allLive(): Instance[] {
    return [...this.#live.values()];
  }

  /** Its workers have ended, and nobody is to find it again. */
  forgetLive(id: string): void {
    this.#live.delete(id);
  }

  #tellDamaged(id: string, capability: string, problem: string): void {
    this.#around.onOutput({
      source: 'record',
      level: 'warning',
      logger: 'capstan.instances',
      message: `what was set for ${id} is damaged and taken for empty: ${problem}`,
      capability,
    });
  }

  #namedOnes(): Map<string, Known> {
    this.#named ??= new Map(
      this.#around.records.all().flatMap(({ instanceId: id, capability }) =>
        // A row of before there were instances is of a default one, and says no capability. That a generated one
        // was disabled is recorded, for the door to know, and is gone with the one itself.
        capability === null || capability === id || looksGenerated(id, capability)
          ? []
          : [[id, known(id, capability, 'named')] as const],
      ),
    );
    return this.#named;
  }
}

const known = (id: string, capability: string, kind: InstanceKind): Known => ({
  id,
  capability,
  kind,
});

/** A name that was an instance's may be another's by now. */
const isOf = ({ instanceId, capability }: InstanceRow, name: string): boolean =>
  (capability ?? instanceId) === name;

const saidIn = ({ config, configWhole, env }: InstanceRow): Said => ({
  record: { config, whole: configWhole },
  env: env ?? {},
});

/** Why a job cannot be done whose instance is not there any more. */
export function goneInstance(id: string, capability: string): HostError {
  const why = looksGenerated(id, capability)
    ? 'It had a generated name, and those are gone with their host.'
    : 'It was forgotten, or is not in capstan.yaml any more.';
  return new HostError('INSTANCE_NOT_FOUND', `There is no instance "${id}" of ${capability}.`, {
    hint: `${why} \`capstan load ${capability} --as ${id}\` makes one of that name.`,
    details: { instance: id, capability },
  });
}
