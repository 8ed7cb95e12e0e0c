import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifest } from '../../src/capabilities/index.ts';
import { driftOf } from '../../src/instances/drift.ts';
import { start } from '../workers/fixtures.ts';

const hash = `sha256:${'0'.repeat(64)}`;

/** What was recorded of a capability, none of which is true. */
const recorded = (drift: object) =>
  parseManifest(
    JSON.stringify({
      format_version: '2.0',
      install: { python_path: '/python' },
      code: {
        name: 'words',
        version: '1',
        description: 'words',
        module: 'm',
        class: 'C',
        config_schema: { type: 'object', properties: { gone: {} } },
        structural_surface: { methods: [], properties: ['gone'], attributes: [] },
      },
      drift_tracking: drift,
    }),
    '/m/words.json',
  );
const both = recorded({ config_schema_hash: hash, structural_surface_hash: hash });

test('drift is not told of what a worker does not answer for', async (t) => {
  const { worker } = await start(t, 'knows-itself-not');
  assert.deepEqual(await driftOf(worker, both), { parts: [], differences: [], liveSchema: null });
});

test('drift is not told of a worker that has died', async (t) => {
  const { worker } = await start(t, 'well-behaved');
  await worker.stop({ cleanupMs: 0, stdinMs: 0, termMs: 0 });
  assert.deepEqual((await driftOf(worker, both)).parts, []);
});

test('drift is told only of the parts that have a stored hash', async (t) => {
  const { worker } = await start(t, 'well-behaved');
  const none = recorded({ config_schema_hash: null });
  assert.deepEqual((await driftOf(worker, none)).parts, []);
  const schemaOnly = recorded({ config_schema_hash: hash });
  const drift = await driftOf(worker, schemaOnly);
  assert.deepEqual(drift.parts, ['config_schema']);
  assert.ok(drift.differences.some(({ text }) => text === 'the setting "gone" is gone'));
  assert.deepEqual(drift.liveSchema, { status: 'ok' });
});
