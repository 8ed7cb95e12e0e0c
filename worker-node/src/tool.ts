import type { Json, JsonObject, StartLine } from '@capstan/protocol';
import type { Action, Capability } from './capability.ts';
import { checkedConfig, defaultConfig } from './config.ts';
import { type Fields, fieldsOf } from './fields.ts';
import type { Context, Surroundings } from './context.ts';
import { describeVariables } from './variables.ts';

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
  /** Those it was constructed with. */
  readonly fields: Fields;

  constructor(
    capability: Capability,
    adapters: ReadonlyMap<string, BoundAdapter>,
    { dirs, secrets }: Pick<StartLine, 'dirs' | 'secrets'>,
  ) {
    this.capability = capability;
    this.fields = fieldsOf(capability);
    this.adapters = adapters;
    this.surroundings = { dirs, secrets, config: () => capability.config };
    capability.config = defaultConfig(capability.getConfigSchema());
    provideEnvironment(capability, secrets);
  }

  async initialize(given: JsonObject, context: Context): Promise<Json> {
    const config = await this.#checkedConfig(given);
    await this.#keptUnlessDone(() => {
      this.capability.config = config;
      return this.capability.initialize(config, context);
    });
    return { status: 'ok' };
  }

  async reconfigure(body: JsonObject, context: Context): Promise<Json> {
    const before = this.capability.config;
    const after = await this.#checkedConfig(asObject(body['new_config']));
    await this.#keptUnlessDone(async () => {
      await this.capability.reconfigure(before, after, context);
      this.capability.config = after;
    });
    return { status: 'reconfigured' };
  }

  /** A new configuration that cannot be applied leaves the old one in force. */
  async #keptUnlessDone(work: () => unknown): Promise<void> {
    const before = this.capability.config;
    try {
      await work();
    } catch (error) {
      this.capability.config = before;
      throw error;
    }
  }

  #checkedConfig(given: JsonObject): Promise<JsonObject> {
    const { capability } = this;
    return checkedConfig(given, capability.getConfigSchema(), capability.configTable);
  }
}

/** Sets the secrets the tool insists on, in this process only. The host has set the other variables. */
function provideEnvironment(capability: Capability, secrets: StartLine['secrets']): void {
  describeVariables(capability.environment); // a mistake in it is told before anything is served
  for (const { name, exported = true, default: fallback } of capability.environment) {
    // a template means something to the host only
    const usable = fallback?.includes('${') === true ? undefined : fallback;
    const value = secrets[name] ?? process.env[name] ?? usable;
    if (value !== undefined && exported) process.env[name] = value;
  }
}

const asObject = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
