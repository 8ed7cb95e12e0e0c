import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '@capstan/protocol';
import { Capability, type Context } from '@capstan/worker';
import { Tool } from '../src/tool.ts';

const context = {} as unknown as Context;
const start = { dirs: { data: '/d', models: '/m', calls: '/c' }, secrets: {} };

class Recorder extends Capability {
  readonly name = 'recorder';
  readonly version = '1.0.0';
  override readonly configTable = {
    model: { type: 'string', default: 'small', reloadTrigger: 'model' },
    voice: { type: 'string', default: 'low', reloadTrigger: 'model' },
    device: { type: 'string', default: 'cpu', reloadTrigger: 'device' },
    colour: { type: 'string', default: 'red' },
  } as const;
  readonly events: string[] = [];

  override initialize(config: JsonObject): void {
    this.events.push(`initialize ${String(config['model'])}`);
    if (config['model'] === 'broken') throw new Error('no such model');
  }

  releaseModel(): void {
    this.events.push('release model');
  }

  releaseDevice(): void {
    this.events.push('release device');
    throw new Error('it is busy');
  }
}

test('a new configuration releases each trigger of its changed keys once, then initializes', async () => {
  const capability = new Recorder();
  const tool = new Tool(capability, new Map(), start);
  await tool.initialize({}, context);
  const after = { model: 'large', voice: 'high', device: 'gpu', colour: 'red' };
  await tool.reconfigure({ new_config: after }, context);
  assert.deepEqual(capability.events, [
    'initialize small',
    'release model',
    'release device', // that it failed is logged and does not stop the rest
    'initialize large',
  ]);
  assert.deepEqual(capability.getCurrentConfig(), after);
});

test('a key without a trigger releases nothing', async () => {
  const capability = new Recorder();
  const tool = new Tool(capability, new Map(), start);
  await tool.reconfigure({ new_config: { colour: 'blue' } }, context);
  assert.deepEqual(capability.events, ['initialize small']);
});

test('a configuration that cannot be applied leaves the old one in force', async () => {
  const capability = new Recorder();
  const tool = new Tool(capability, new Map(), start);
  await assert.rejects(tool.initialize({ model: 'broken' }, context), /no such model/);
  assert.equal(capability.config['model'], 'small');
  await assert.rejects(tool.initialize({ modle: 'x' }, context), /did you mean "model"\?/);
});
