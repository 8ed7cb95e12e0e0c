import type { Json, JsonObject, StartLine } from '@capstan/protocol';
import type { Action, Capability } from './capability.ts';
import { checkMembers } from './check.ts';
import type { Context, Surroundings } from './context.ts';
import { InputError } from './errors.ts';

/** An adapter that is bound: an object whose methods carry out a task with the tool. */
export interface BoundAdapter {
  instance: object;
  /** Descriptions of its methods, where the author gave some. */
  methods: { readonly [name: string]: Omit<Action, 'run'> };
}

/** The capability of this worker with what belongs to it: configuration, adapters, secrets. */
export class Tool {
  readonly capability: Capability;
  readonly adapters: ReadonlyMap<string, BoundAdapter>;
  readonly surroundings: Surroundings;

  constructor(
    capability: Capability,
    adapters: ReadonlyMap<string, BoundAdapter>,
    { dirs, secrets }: Pick<StartLine, 'dirs' | 'secrets'>,
  ) {
    this.capability = capability;
    this.adapters = adapters;
    this.surroundings = { dirs, secrets, config: () => capability.config };
    capability.config = this.#checkedConfig({});
    provideEnvironment(capability, secrets);
  }

  async initialize(given: JsonObject, context: Context): Promise<Json> {
    const config = this.#checkedConfig(given);
    await this.#apply(config, () => this.capability.initialize(config, context));
    return { status: 'ok' };
  }

  async reconfigure(body: JsonObject, context: Context): Promise<Json> {
    const before = this.capability.config;
    const after = this.#checkedConfig(asObject(body['new_config']));
    await this.#apply(after, () => this.capability.reconfigure(before, after, context));
    return { status: 'reconfigured' };
  }

  /** The new configuration counts while it is being applied, and no longer when that fails. */
  async #apply(config: JsonObject, work: () => unknown): Promise<void> {
    const before = this.capability.config;
    this.capability.config = config;
    try {
      await work();
    } catch (error) {
      this.capability.config = before;
      throw error;
    }
  }

  #checkedConfig(given: JsonObject): JsonObject {
    const { values, faults } = checkMembers(given, this.capability.getConfigSchema());
    if (faults.length === 0) return values as JsonObject;
    throw new InputError(`configuration: ${faults.map((fault) => fault.message).join('; ')}`, {
      code: 'CONFIG_INVALID',
      fields: faults.map((fault) => fault.field),
    });
  }
}

/** Sets the variables the tool insists on, in this process only. Other secrets stay out of the environment. */
function provideEnvironment(capability: Capability, secrets: StartLine['secrets']): void {
  for (const { name, default: fallback } of capability.environment) {
    const value = secrets[name] ?? process.env[name] ?? fallback;
    if (value !== undefined) process.env[name] = value;
  }
}

const asObject = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
