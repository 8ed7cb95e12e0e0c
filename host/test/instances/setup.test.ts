import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstalledCapability } from '../../src/capabilities/index.ts';
import { isSame, nothingSaid, sameButConfig, setupOf } from '../../src/instances/setup.ts';
import { installedFixture } from './world.ts';
import { temporaryFolder, testGuard } from '../workers/fixtures.ts';
import type { TestContext } from 'node:test';

const schema = {
  type: 'object',
  properties: {
    model: { type: 'string', enum: ['tiny', 'large'], default: 'tiny' },
    beams: { type: 'integer', minimum: 1, default: 5 },
  },
};

function capability(t: TestContext, changes: Partial<InstalledCapability> = {}) {
  const folder = temporaryFolder(t);
  const around = { guard: testGuard(t), runtimeDir: folder };
  return {
    ...installedFixture('well-behaved', around, folder),
    configSchema: schema,
    instances: [
      {
        id: 'large',
        config: { model: 'large' },
        adapters: null,
        idleMs: 7,
        slots: 3,
        env: { ORDER: 'bus' },
      },
    ],
    ...changes,
  };
}

const byDefault = { id: 'well-behaved', kind: 'default' } as const;
const declared = { id: 'large', kind: 'declared' } as const;

test('an instance is as its capability where nothing is said of it, with every default filled in', (t) => {
  const setup = setupOf(byDefault, capability(t, { config: { beams: 2 } }), nothingSaid);
  assert.deepEqual(setup.config, { model: 'tiny', beams: 2 });
  assert.deepEqual(setup.sources, { model: 'default', beams: 'capstan.yaml' });
  assert.deepEqual([setup.slots, setup.idleMs, setup.env], [1, 60_000, {}]);
});

test('what is declared of an instance lies over its capability, and what was set over both', (t) => {
  const own = capability(t, { config: { model: 'tiny', beams: 2 } });
  const record = { config: { beams: 9 }, whole: false };
  const setup = setupOf(declared, own, { ...nothingSaid, record, env: { MORE: 'x' } });
  assert.deepEqual(setup.config, { model: 'large', beams: 9 });
  assert.deepEqual([setup.slots, setup.idleMs], [3, 7]);
  assert.deepEqual(setup.env, { ORDER: 'bus', MORE: 'x' });
});

test('a whole configuration, be it empty, stands on the defaults alone', (t) => {
  const own = capability(t, { config: { beams: 2 } });
  const record = { config: {}, whole: true };
  assert.deepEqual(setupOf(declared, own, { ...nothingSaid, record }).config, {
    model: 'tiny',
    beams: 5,
  });
});

test('what was set once and is not known any more is left out with a warning, and keeps nothing from starting', (t) => {
  const record = { config: { beams: 3, voice: 'old' }, whole: false };
  const setup = setupOf(byDefault, capability(t), { ...nothingSaid, record });
  assert.deepEqual(setup.config, { model: 'tiny', beams: 3 });
  assert.equal(setup.warnings.length, 1);
  assert.match(setup.warnings[0] ?? '', /"voice"[^]*config unset well-behaved voice/);
});

test('two setups are the same worker where only what a worker never hears of differs', (t) => {
  const own = capability(t);
  const one = setupOf(byDefault, own, nothingSaid);
  const slots = setupOf(byDefault, own, { ...nothingSaid, slots: 8 });
  assert.equal(isSame(one, slots), true);
  const record = { config: { beams: 8 }, whole: false };
  const config = setupOf(byDefault, own, { ...nothingSaid, record });
  assert.deepEqual([isSame(one, config), sameButConfig(one, config)], [false, true]);
  const env = setupOf(byDefault, own, { ...nothingSaid, env: { ORDER: 'bus' } });
  assert.equal(sameButConfig(one, env), false);
});

test('what its calls need is as declared, else as its manifest says, and no reason to start another worker', (t) => {
  const own = capability(t);
  const resources = { ram: '2GiB', cpu: 2, requires_gpu: true, platforms: ['linux-x64'] };
  const { code } = own.manifest;
  const described = { ...own, manifest: { ...own.manifest, code: { ...code, resources } } };
  const guessed = setupOf(byDefault, described, nothingSaid);
  assert.deepEqual(guessed.needs, { ram: 2 * 2 ** 30, cpu: 2000 });
  const told = setupOf(byDefault, { ...described, needs: { ram: 5 } }, nothingSaid);
  assert.deepEqual(told.needs, { ram: 5 });
  assert.ok(sameButConfig(guessed, told));
  assert.deepEqual(setupOf(byDefault, own, nothingSaid).needs, {});
});

test('an amount in a manifest that cannot be read is a warning', (t) => {
  const own = capability(t);
  const { code } = own.manifest;
  const resources = { ram: 'lots', 'gpu/vram': ['8GiB'] };
  const described = { ...own, manifest: { ...own.manifest, code: { ...code, resources } } };
  const { needs, warnings } = setupOf(byDefault, described, nothingSaid);
  assert.deepEqual(needs, {});
  assert.deepEqual(warnings, [
    'its manifest says under "resources" what cannot be read: "lots" is no amount of ram',
    'its manifest says under "resources" what cannot be read: ["8GiB"] is no amount of gpu/vram',
  ]);
});
