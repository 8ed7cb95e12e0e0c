import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '@capstan/protocol';
import {
  Capability,
  type Context,
  defineCapability,
  FatalError,
  InputError,
} from '@capstan/worker';
import { z } from 'zod';
import { askOlderZod } from '../src/older-zod.ts';
import { Tool } from '../src/tool.ts';

const context = {} as unknown as Context;
const start = { dirs: { data: '/d', models: '/m', calls: '/c' }, secrets: {} };
const toolOf = (capability: Capability) => new Tool(capability, new Map(), start);

/** What an initialize with these settings is refused for. */
async function refusal(capability: Capability, given: JsonObject): Promise<InputError> {
  try {
    await toolOf(capability).initialize(given, context);
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error;
  }
  return assert.fail('it was accepted');
}

const settings = z.object({
  model: z.enum(['tiny', 'large']).default('tiny').meta({ reloadTrigger: 'model', title: 'Model' }),
  threads: z.int().min(1).max(64).default(4),
  language: z.string().nullable().default(null),
  decoder: z.object({ beams: z.int().default(5) }).default({ beams: 5 }),
  since: z.iso.date().optional(),
});

const seen: string[] = [];
const withZod = () =>
  defineCapability({
    name: 'speech',
    version: '1.0.0',
    config: settings,
    initialize: (config, { config: inForce }) => {
      // zod decides the types: each of these lines fails to compile when it does not
      const model: 'tiny' | 'large' = config.model;
      const beams: number = config.decoder.beams;
      const since: string | undefined = config.since;
      const threads: number = inForce === undefined ? config.threads : inForce.threads;
      seen.push(`${model} ${beams} ${threads} ${since ?? ''}`);
    },
    release: { model: () => seen.push('release') },
    actions: {
      which: { input: {}, run: (_, { config }) => config.language satisfies string | null },
    },
  });

test('a zod object is a configuration: its JSON Schema with the reload triggers of its meta', () => {
  assert.deepEqual(withZod().getConfigSchema(), {
    type: 'object',
    properties: {
      model: {
        type: 'string',
        enum: ['tiny', 'large'],
        default: 'tiny',
        title: 'Model',
        reloadTrigger: 'model',
      },
      threads: { type: 'integer', minimum: 1, maximum: 64, default: 4 },
      language: { type: ['string', 'null'], default: null },
      decoder: {
        type: 'object',
        properties: {
          beams: { type: 'integer', minimum: -(2 ** 53 - 1), maximum: 2 ** 53 - 1, default: 5 },
        },
        default: { beams: 5 },
      },
      since: (withZod().getConfigSchema()['properties'] as JsonObject)['since'],
    },
  });
});

test('a zod configuration is checked, filled in and released like any other', async () => {
  const capability = withZod();
  const tool = toolOf(capability);
  seen.length = 0;
  await tool.initialize({ decoder: {} }, context);
  await tool.reconfigure({ new_config: { model: 'large', threads: 8 } }, context);
  assert.deepEqual(seen, ['tiny 5 4 ', 'release', 'large 5 8 ']);
  assert.deepEqual(capability.getCurrentConfig(), {
    model: 'large',
    threads: 8,
    language: null,
    decoder: { beams: 5 },
  });
  const { message, fields } = await refusal(capability, {
    modle: 'tiny',
    model: 'huge',
    threads: 0,
    decoder: { beam: 1 },
    since: 'now',
  });
  assert.match(message, /modle is unknown; did you mean "model"\?/);
  assert.match(message, /decoder\.beam is unknown; did you mean "beams"\?/);
  assert.match(message, /model must be one of "tiny", "large", not "huge"/);
  assert.match(message, /threads must be at least 1, not 0/);
  assert.deepEqual(fields?.toSorted(), ['decoder', 'model', 'modle', 'since', 'threads']);
});

test('what zod alone can check is checked too, and what it makes of a value is what code receives', async () => {
  const config = z
    .object({
      from: z.int().default(0),
      to: z.int().default(9),
      when: z.iso
        .date()
        .transform((text) => new Date(text))
        .default(() => new Date(0)),
    })
    .refine(({ from, to }) => from <= to, { message: 'from must not be after to', path: ['from'] });
  const given: unknown[] = [];
  const capability = defineCapability({
    name: 'span',
    version: '1.0.0',
    config,
    initialize: ({ when }) => void given.push(when.getFullYear()),
    actions: {},
  });
  await toolOf(capability).initialize({ when: '2026-01-31' }, context);
  assert.deepEqual(given, [2026]);
  assert.equal(capability.getCurrentConfig()['when'], '2026-01-31');
  const refused = await refusal(capability, { from: 10 });
  assert.match(refused.message, /from: from must not be after to/);
  assert.deepEqual(refused.fields, ['from']);
});

test('a zod configuration of a class types its settings', async () => {
  class Speech extends Capability<typeof settings> {
    readonly name = 'speech';
    readonly version = '1.0.0';
    override readonly configTable = settings;
    model: 'tiny' | 'large' | '' = '';
    override initialize(config: z.infer<typeof settings>): void {
      this.model = config.model;
    }
    threads(): number {
      return this.config.threads;
    }
  }
  const speech = new Speech();
  await toolOf(speech as unknown as Capability).initialize({ model: 'large' }, context);
  assert.equal(speech.model, 'large');
  assert.equal(speech.threads(), 4);
});

test('a zod object that has settings without defaults is no obstacle before it is initialized', async () => {
  const capability = defineCapability({
    name: 'key',
    version: '1.0.0',
    config: z.object({ account: z.string(), region: z.string().default('eu') }),
    actions: {},
  });
  const tool = toolOf(capability);
  assert.deepEqual(capability.getCurrentConfig(), { region: 'eu' });
  await assert.rejects(tool.initialize({}, context), /account is missing/);
  await tool.initialize({ account: 'a' }, context);
  assert.deepEqual(capability.getCurrentConfig(), { account: 'a', region: 'eu' });
});

test('a configuration that is no object, or comes from a library that cannot tell its schema, is refused', () => {
  const text = { '~standard': { version: 1, vendor: 'elder', validate: () => ({ value: {} }) } };
  const define = (config: object) => () =>
    defineCapability({
      name: 'x',
      version: '1',
      config: config as typeof text,
      actions: {},
    }).getConfigSchema();
  assert.throws(define(text), (error) => {
    assert.ok(error instanceof FatalError);
    assert.match(error.message, /version of elder cannot tell/);
    assert.match(error.hint ?? '', /With zod 4 it can/);
    return true;
  });
  assert.throws(define(z.string()), /declared as an object/);
});

test('a plain JSON Schema is a configuration, with typed values and triggers beside its keywords', async () => {
  const released: string[] = [];
  const capability = defineCapability({
    name: 'plain',
    version: '1.0.0',
    config: {
      type: 'object',
      title: 'Plain',
      properties: {
        model: { type: 'string', default: 'a', reloadTrigger: 'model' },
        size: { type: 'integer' },
        tags: { type: 'array', items: { type: 'string', minLength: 2 }, uniqueItems: true },
        either: { oneOf: [{ type: 'string' }, { type: 'integer', multipleOf: 5 }] },
        note: { $ref: '#/$defs/note' },
      },
      required: ['size'],
      $defs: { note: { type: 'object', properties: { text: { const: 'x' } } } },
    },
    initialize: ({ model, size }) => {
      const both: [string, number] = [model, size];
      released.push(both.join(' '));
    },
    release: { model: () => released.push('release') },
    actions: {},
  });
  const tool = toolOf(capability);
  await tool.initialize({ size: 1 }, context);
  await tool.reconfigure({ new_config: { size: 2, model: 'b' } }, context);
  assert.deepEqual(released, ['a 1', 'release', 'b 2']);
  const { message } = await refusal(capability, {
    tags: ['x', 'yy', 'yy'],
    either: 7,
    note: { text: 'y', txet: 1 },
  });
  for (const part of [
    'size is missing',
    'tags must not hold the same twice',
    'tags[0] must have at least 2 characters',
    'either must be a string or an integer, not 7',
    'note.text must be "x", not "y"',
    'note.txet is unknown; did you mean "text"?',
  ]) {
    assert.ok(message.includes(part), `${message}\nshould mention ${part}`);
  }
});

test('what bounds a text counts its characters, not the units they are made of', async () => {
  const capability = defineCapability({
    name: 'bounded',
    version: '1.0.0',
    config: {
      type: 'object',
      properties: { text: { type: 'string', minLength: 2, maxLength: 3 } },
    },
    initialize: () => {},
    actions: {},
  });
  const tool = toolOf(capability);
  for (const text of ['ab', 'abc', '𝄞𝄞', '𝄞𝄞𝄞', '𝄞bc']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await tool.initialize({ text }, context);
  }
  for (const [text, said] of [
    ['', 'configuration: text must have at least 2 characters'],
    ['𝄞', 'configuration: text must have at least 2 characters'],
    ['abcd', 'configuration: text must have at most 3 characters'],
    ['𝄞𝄞𝄞𝄞', 'configuration: text must have at most 3 characters'],
    ['x'.repeat(1_000_000), 'configuration: text must have at most 3 characters'],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal((await refusal(capability, { text })).message, said);
  }
});

test('a table types its settings: those without a default may be undefined', () => {
  defineCapability({
    name: 'table',
    version: '1.0.0',
    config: {
      rate: { type: 'integer', default: 1 },
      name: { type: ['string', 'null'] },
      inner: {
        type: 'object',
        properties: { on: { type: 'boolean', default: true } },
        default: {},
      },
    },
    initialize: (config, other) => {
      const rate: number = config.rate;
      const name: string | null | undefined = config.name;
      const on: boolean = other.config.inner.on;
      return [rate, name, on];
    },
    actions: {},
  });
});

test('a capability that declares no settings has no schema, and takes any', async () => {
  const capability = defineCapability({ name: 'x', version: '1', actions: {} });
  assert.deepEqual(capability.getConfigSchema(), {});
  await toolOf(capability).initialize({ anything: 1 }, context);
  assert.deepEqual(capability.getCurrentConfig(), { anything: 1 });
});

test('what is released is released while the old configuration is in force, and the new one is applied after', async () => {
  const order: string[] = [];
  class Speech extends Capability {
    readonly name = 'speech';
    readonly version = '1.0.0';
    override readonly configTable = {
      model: { type: 'string', default: 'a', reloadTrigger: 'model' },
    } as const;
    releaseModel = () => order.push(`release ${String(this.config['model'])}`);
    override applyConfig = (config: JsonObject) =>
      order.push(`apply ${String(config['model'])} ${String(this.config['model'])}`);
    override initialize = () => order.push('initialize');
  }
  const tool = toolOf(new Speech());
  await tool.initialize({}, context);
  await tool.reconfigure({ new_config: { model: 'b' } }, context);
  assert.deepEqual(order, ['initialize', 'release a', 'apply b b']);
});

test('a change that cannot be applied leaves the old configuration in force', async () => {
  class Speech extends Capability {
    readonly name = 'speech';
    readonly version = '1.0.0';
    override readonly configTable = { model: { type: 'string', default: 'a' } } as const;
    override initialize(config: JsonObject): void {
      if (config['model'] === 'broken') throw new Error('no such model');
    }
  }
  const capability = new Speech();
  const tool = toolOf(capability);
  await tool.initialize({}, context);
  await assert.rejects(tool.reconfigure({ new_config: { model: 'broken' } }, context), /no such/);
  assert.deepEqual(capability.getCurrentConfig(), { model: 'a' });
});

test('a reconfigure of a tool’s own counts when it has returned', async () => {
  class Own extends Capability {
    readonly name = 'own';
    readonly version = '1.0.0';
    override readonly configTable = { n: { type: 'integer', default: 1 } } as const;
    override reconfigure(): Promise<void> {
      return Promise.resolve();
    }
  }
  const capability = new Own();
  await toolOf(capability).reconfigure({ new_config: { n: 2 } }, context);
  assert.deepEqual(capability.getCurrentConfig(), { n: 2 });
});

test('live options can be told by a table too', async () => {
  const device = { options: [{ value: 'cuda:0', label: 'RTX 3090' }] };
  const capability = defineCapability({
    name: 'x',
    version: '1',
    config: { device: { type: 'string', default: 'cpu' } },
    configOptions: () => ({ device }),
    actions: {},
  });
  assert.deepEqual(await capability.getConfigOptions(), { device });
});

test('a default that does not fit its own schema works all the same', async () => {
  const capability = defineCapability({
    name: 'x',
    version: '1',
    config: { mode: { type: 'string', enum: ['a', 'b'], default: 'auto' } },
    actions: {},
  });
  await toolOf(capability).initialize({}, context);
  await toolOf(capability).initialize({ mode: 'auto' }, context);
  assert.match((await refusal(capability, { mode: 'c' })).message, /mode must be one of/);
});

test('a zod object that cannot tell its schema itself is told by the zod beside its module', async () => {
  const { jsonSchema: _, ...standard } = settings['~standard'] as unknown as {
    [member: string]: unknown;
  };
  // as in zod 4.0 and 4.1
  const elder = new Proxy(settings, {
    has: (of, name) => name !== 'toJSONSchema' && Reflect.has(of, name),
    get: (of, name) => {
      if (name === 'toJSONSchema') return undefined;
      return name === '~standard' ? standard : (Reflect.get(of, name) as unknown);
    },
  });
  const capability = defineCapability({ name: 'x', version: '1', config: elder, actions: {} });
  assert.throws(() => capability.getConfigSchema(), FatalError);
  await askOlderZod(capability.configTable, import.meta.url);
  assert.deepEqual(capability.getConfigSchema(), withZod().getConfigSchema());
});

test('a password that does not fit is not repeated', async () => {
  const capability = defineCapability({
    name: 'x',
    version: '1',
    config: { key: { type: 'string', format: 'password', enum: ['a'] } },
    actions: {},
  });
  const { message } = await refusal(capability, { key: 'hunter2' });
  assert.match(message, /key does not fit what is declared/);
  assert.ok(!message.includes('hunter2'));
});

test('a table has the hooks of a class, and only those that it names', async () => {
  const called: string[] = [];
  const full = defineCapability({
    name: 'x',
    version: '1',
    config: { rate: { type: 'integer', default: 3 } },
    prefetch: ({ config }) => called.push(`prefetch ${config?.rate ?? ''}`),
    onEnable: () => called.push('enable'),
    onDisable: () => called.push('disable'),
    freeMemory: () => called.push('free'),
    applyConfig: ({ rate }) => called.push(`apply ${rate}`),
    actions: {},
  });
  await full.prefetch?.(context);
  await full.onDisable?.(context);
  await full.onEnable?.(context);
  await full.freeMemory?.(context);
  await toolOf(full).reconfigure({ new_config: { rate: 4 } }, context);
  assert.deepEqual(called, ['prefetch ', 'disable', 'enable', 'free', 'apply 4']);
  const bare = defineCapability({ name: 'x', version: '1', actions: {} });
  const hooks = ['prefetch', 'onEnable', 'onDisable', 'freeMemory', 'applyConfig'] as const;
  assert.deepEqual(
    hooks.filter((hook) => bare[hook] !== undefined),
    [],
  );
});
