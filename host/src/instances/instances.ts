import type { Json, JsonObject } from '@capstan/protocol';
import type { Needs } from '../capabilities/index.ts';
import { HostError } from '../errors.ts';
import type { AttemptContext } from '../queue/index.ts';
import type { AttemptOutcome, JobRow } from '../stores/index.ts';
import type { StopBudget } from '../workers/index.ts';
import type { JobInCall } from './call.ts';
import type { MonitorMethod } from '../resources/index.ts';
import { askMonitor } from './ask-monitor.ts';
import { configOf, configure } from './configure.ts';
import { type Desk, isRecorded, nobody, viewOf } from './desk.ts';
import { mustBeVisible } from './env.ts';
import { evict, type Eviction } from './evict.ts';
import { Execution } from './execution.ts';
import type { Instance } from './instance.ts';
import { load } from './load.ts';
import { each } from './many.ts';
import { configOptions, prefetch } from './prefetch.ts';
import { reload } from './reload.ts';
import type {
  ConfigChange,
  ConfigReport,
  LoadRequest,
  LoadResult,
  ManyOptions,
  PhaseOptions,
  PrefetchReport,
  ReloadOptions,
  UnloadOptions,
  UnloadResult,
} from './requests.ts';
import { type Resident, residents } from './residents.ts';
import { goneInstance, Roster } from './roster.ts';
import type { Surroundings } from './surroundings.ts';
import { unload } from './unload.ts';
import type { InstanceView } from './view.ts';
import { viewOfSleeping } from './sleeping.ts';

/** All instances of a host: started at first use or when asked, kept warm, changed while they live, ended. */
export class Instances {
  readonly #desk: Desk;
  readonly #execution: Execution;
  #isStopped = false;

  constructor(around: Surroundings) {
    this.#execution = new Execution(around);
    this.#desk = { around, roster: new Roster(around, this.#execution.jobs) };
  }

  /** Carries out one attempt at a job. Whatever goes wrong is an outcome. */
  readonly execute = (job: JobRow, attempt: AttemptContext): Promise<AttemptOutcome> =>
    this.#execution.execute(job, attempt, (row) => this.#instanceOf(row));

  /** Why an instance is not started for a while, and for how long; null when it may be. */
  refusalOf(id: string): { reason: string; forMs: number } | null {
    return this.#desk.roster.live(id)?.refusal() ?? null;
  }

  /** Calls at once that an instance takes; 1 for one that cannot be started anyway. */
  slotsOf(id: string): number {
    const { roster } = this.#desk;
    const known = roster.find(id);
    if (known === null) return 1;
    try {
      return roster.setupOf(known).slots;
    } catch {
      return roster.saidOf(known).slots ?? 1;
    }
  }

  /**
   * What calls of an instance are taken to need until that is measured, and under which configuration they would run;
   * nothing, and null, for one that cannot be started anyway.
   */
  needsOf(id: string): { needs: Needs; configHash: string | null } {
    const { roster } = this.#desk;
    const known = roster.find(id);
    if (known === null) return { needs: {}, configHash: null };
    try {
      const { needs, configHash } = roster.setupOf(known);
      return { needs, configHash };
    } catch {
      return { needs: {}, configHash: null };
    }
  }

  /** The capability of each instance that has a name of its own. */
  ids(): { readonly [id: string]: string } {
    return this.#desk.roster.ids();
  }

  /** The capability an instance is of. Throws INSTANCE_NOT_FOUND with the nearest name. */
  capabilityOf(id: string): string {
    return this.#desk.roster.known(id).capability;
  }

  /** Throws CAPABILITY_NOT_FOUND with the nearest name. */
  mustBeCallable(name: string): void {
    this.#desk.roster.named(name);
  }

  /** Every instance that is known. */
  list(): InstanceView[] {
    const { roster } = this.#desk;
    return roster.all().map((known) => {
      const live = roster.live(known.id);
      return live === undefined ? viewOfSleeping(this.#desk, known) : viewOf(this.#desk, live);
    });
  }

  /** Instances that have a worker now, or are getting one. */
  residents(): Resident[] {
    return residents(this.#desk, this.#execution.sampler);
  }

  /**
   * Has an idle instance free its memory, and resolves when it is free: its tool lets go of what it can load again,
   * or else its worker ends. One that is executing, starting or being worked on stays as it is.
   */
  evict(id: string, reason: string, forWhom?: string): Promise<Eviction> {
    return evict(this.#desk, id, { reason, forWhom });
  }

  /** Ends the worker of an instance, unless calls are in it: the next one gets a new worker. */
  async endIdle(id: string, reason: string): Promise<void> {
    await evict(this.#desk, id, { reason, mustEnd: true });
  }

  async load(request: LoadRequest, options: PhaseOptions): Promise<InstanceView> {
    this.#mustGoOn();
    return load(this.#desk, request, options);
  }

  async loadAll(requests: readonly LoadRequest[], options: ManyOptions): Promise<LoadResult[]> {
    this.#mustGoOn();
    const subjects = requests.map((subject, i) => ({ key: keyOf(subject, i), subject }));
    const done = await each(
      subjects,
      (request) => load(this.#desk, request, onlySignal(options)),
      options,
    );
    return done.map((one) =>
      'error' in one
        ? { key: one.key, kind: 'failed', error: one.error }
        : { key: one.key, kind: 'loaded', instance: one.value },
    );
  }

  unload(id: string, options: UnloadOptions): Promise<void> {
    return unload(this.#desk, id, options);
  }

  async unloadAll(ids: readonly string[], options: ManyOptions): Promise<UnloadResult[]> {
    const subjects = ids.map((id) => ({ key: id, subject: id }));
    const done = await each(subjects, (id) => unload(this.#desk, id, onlySignal(options)), options);
    return done.map((one) =>
      'error' in one
        ? { key: one.key, kind: 'failed', error: one.error }
        : { key: one.key, kind: 'unloaded' },
    );
  }

  async reload(id: string, options: ReloadOptions): Promise<InstanceView> {
    this.#mustGoOn();
    return reload(this.#desk, id, options);
  }

  configure(id: string, change: ConfigChange, options: PhaseOptions): Promise<ConfigReport> {
    return configure(this.#desk, id, change, options);
  }

  config(id: string): ConfigReport {
    return configOf(this.#desk, id);
  }

  configOptions(id: string, options: { start?: boolean }): Promise<JsonObject> {
    return configOptions(this.#desk, id, options);
  }

  /** Asks a capability that watches the machine. */
  async askMonitor(id: string, method: MonitorMethod): Promise<Json> {
    this.#mustGoOn();
    return askMonitor(this.#desk, id, method);
  }

  async prefetch(id: string, options: PhaseOptions): Promise<PrefetchReport> {
    this.#mustGoOn();
    return prefetch(this.#desk, id, options);
  }

  /** Sets variables of its worker; the next one gets them. */
  async setEnv(
    id: string,
    values: { [name: string]: string | null },
    actor: string = nobody,
  ): Promise<{ env: { [name: string]: string } }> {
    const { roster, around } = this.#desk;
    const known = roster.known(id);
    mustBeVisible(values, around.capabilityOf(known.capability), id);
    return roster.alone(id, async () => {
      const said = roster.saidOf(known);
      const changed = Object.entries({ ...said.env, ...values });
      const env = Object.fromEntries(
        changed.filter((entry): entry is [string, string] => entry[1] !== null),
      );
      const { capability } = known;
      if (isRecorded(known)) {
        const recorded = Object.keys(env).length === 0 ? null : env;
        await around.records.setEnv({ instance: id, capability, env: recorded, actor });
      }
      roster.say(known, { ...said, env });
      // One that is up gives way to another when its calls have ended.
      roster.live(id)?.give(roster.setupOf(known));
      return { env };
    });
  }

  /** Gives the loaded instances of a capability new workers: a secret of theirs is another one. */
  async secretsChanged(capability: string): Promise<void> {
    const { roster } = this.#desk;
    const loaded = roster
      .allLive()
      .filter(({ setup, isUp }) => setup.capability.name === capability && isUp);
    await Promise.all(loaded.map(({ id }) => this.#startAnew(id)));
  }

  /** What it needs may be gone now: then it does not go on with what it had. */
  async #startAnew(id: string): Promise<void> {
    try {
      await reload(this.#desk, id, {});
    } catch (error) {
      const isWithout =
        error instanceof HostError && ['SECRET_MISSING', 'SECRETS_LOCKED'].includes(error.code);
      if (isWithout) await unload(this.#desk, id, {});
      else throw error;
    }
  }

  /** It was enabled or disabled: its worker is told, now or when its calls have ended. */
  async enabledChanged(id: string, isEnabled: boolean): Promise<void> {
    await this.#desk.roster.live(id)?.enabledChanged(isEnabled);
  }

  /** Ends every worker, all at once, and refuses to start others. */
  async stopAll(budget: Partial<StopBudget> = {}): Promise<void> {
    this.#isStopped = true;
    const all = this.#desk.roster.allLive();
    await Promise.all(all.map((instance) => instance.close(stopping(), budget)));
    await this.#execution.settled();
  }

  #instanceOf({ instance, capability }: JobInCall): Instance {
    this.#mustGoOn();
    const { roster } = this.#desk;
    if (instance === null) {
      return roster.instance({ id: capability, capability, kind: 'default' });
    }
    const known = roster.find(instance);
    if (known?.capability !== capability) throw goneInstance(instance, capability);
    return roster.instance(known);
  }

  #mustGoOn(): void {
    if (this.#isStopped) throw stopping();
  }
}

const onlySignal = ({ signal }: ManyOptions): { signal?: AbortSignal } =>
  signal === undefined ? {} : { signal };

const stopping = (): HostError => new HostError('CANCELLED', 'the host is stopping');

/** As users name them: the id, else the capability, and which of the new ones. */
const keyOf = ({ capability, instance, isNew }: LoadRequest, index: number): string =>
  instance ?? (isNew === true ? `${capability}#new[${index}]` : capability);
