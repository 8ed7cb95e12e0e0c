import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { formats, type JsonObject, type JsonSchema } from '@capstan/protocol';
import { Capability, type ConfigTable, type Context, InputError } from '@capstan/worker';
import { Tool } from '../src/tool.ts';

/** The declaration, schemas and verdicts that every SDK and the host agree on. */
interface Fixture {
  declaration: { [name: string]: Neutral };
  schema: JsonSchema;
  defaults: JsonObject;
  checks: { name: string; given: JsonObject; values?: JsonObject; fields?: string[] }[];
  formats: { [format: string]: { fit: string[]; unfit: string[] } };
  changes: { name: string; before: JsonObject; after: JsonObject; triggers: string[] }[];
}
interface Neutral {
  type: string;
  nullable?: boolean;
  fields?: { [name: string]: Neutral };
}

const fixture = JSON.parse(
  readFileSync(new URL('../../protocol/fixtures/configs.json', import.meta.url), 'utf8'),
) as Fixture;

const tableOf = (declaration: { [name: string]: Neutral }): ConfigTable =>
  Object.fromEntries(
    Object.entries(declaration).map(([name, { type, nullable, fields, ...rest }]) => [
      name,
      {
        ...rest,
        type: nullable === true ? [type, 'null'] : type,
        ...(fields === undefined ? {} : { properties: tableOf(fields) }),
      } as ConfigTable[string],
    ]),
  );

class Speech extends Capability {
  readonly name = 'speech';
  readonly version = '1.0.0';
  override readonly configTable = tableOf(fixture.declaration);
  released: string[] = [];
  releaseModel = () => this.released.push('model');
  releaseVoice = () => this.released.push('voice');
  releaseLexicon = () => this.released.push('lexicon');
}

const context = {} as unknown as Context;
const start = { dirs: { data: '/d', models: '/m', calls: '/c' }, secrets: {} };
const toolOf = (capability: Capability) => new Tool(capability, new Map(), start);

test('a table becomes the schema that every SDK makes of the same declaration', () => {
  assert.deepEqual(new Speech().getConfigSchema(), fixture.schema);
});

for (const { name, given, values, fields } of fixture.checks) {
  test(`settings are checked as everywhere: ${name}`, async () => {
    const capability = new Speech();
    const initialized = toolOf(capability).initialize(given, context);
    if (fields === undefined) {
      await initialized;
      assert.deepEqual(capability.getCurrentConfig(), { ...fixture.defaults, ...values });
      return;
    }
    await assert.rejects(initialized, (error) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.code, 'CONFIG_INVALID');
      assert.deepEqual(error.fields?.toSorted(), fields.toSorted());
      return true;
    });
    assert.deepEqual(capability.getCurrentConfig(), fixture.defaults);
  });
}

test('formats are told as everywhere', () => {
  for (const [format, { fit, unfit }] of Object.entries(fixture.formats)) {
    for (const text of fit) assert.ok(formats[format]?.(text) ?? true, `${format}: ${text}`);
    for (const text of unfit) assert.ok(!formats[format]?.(text), `no ${format}: ${text}`);
  }
});

for (const { name, before, after, triggers } of fixture.changes) {
  test(`a change releases as everywhere: ${name}`, async () => {
    const capability = new Speech();
    const tool = toolOf(capability);
    await tool.initialize(before, context);
    await tool.reconfigure({ old_config: before, new_config: after }, context);
    assert.deepEqual(capability.released, triggers);
  });
}
