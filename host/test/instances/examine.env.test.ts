import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  canonicalHash,
  readManifest,
  regenerateManifests,
  staleCapabilities,
} from '../../src/capabilities/index.ts';
import { openHost } from '../../src/host.ts';
import type { HostEvent } from '../../src/queue/index.ts';
import { TestWorkspace } from '../capabilities/workspace.ts';

const words = `
from dataclasses import dataclass
from capstan_worker import Capability, action

class Words(Capability):
    @dataclass
    class Config:
        weight: float = 1.0

    @action
    def count(self, text: str) -> int:
        return len(text.split())
`;

type Members = { [member: string]: unknown };

async function installed(t: TestContext, more = ''): Promise<TestWorkspace> {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': `capabilities:\n  - { name: words, environment: venv, source: ./words.py${more} }\n`,
    'words.py': words,
  });
  await workspace.install();
  return workspace;
}

/** Another hand's change to the manifest, without the knowledge of what keeps it. */
function edit(
  workspace: TestWorkspace,
  change: (document: { [section: string]: Members }) => void,
) {
  const file = workspace.manifest('words');
  const document = JSON.parse(readFileSync(file, 'utf8')) as { [section: string]: Members };
  change(document);
  writeFileSync(file, JSON.stringify(document));
}

/** Somebody runs pip in an environment that is not theirs. */
function intrude(environment: string): void {
  const lib = join(environment, 'lib');
  const [python = ''] = readdirSync(lib);
  const info = join(lib, python, 'site-packages', 'intruder-1.0.dist-info');
  mkdirSync(info);
  writeFileSync(join(info, 'METADATA'), 'Metadata-Version: 2.1\nName: intruder\nVersion: 1.0\n');
}

/** Loads the capability, calls it once, and tells what was said about it until then. */
async function loaded(t: TestContext, workspace: TestWorkspace) {
  const told: { type: string; payload: Members }[] = [];
  const onEvent = (event: HostEvent): void => {
    if ('payload' in event) told.push({ type: event.type, payload: event.payload });
  };
  const host = await openHost({ root: workspace.root, env: process.env, onEvent });
  workspace.open.push(host);
  const instance = await host.load({ capability: 'words' });
  // its events were written before that of a job that was submitted after them
  const [job] = await host.submit([
    { capability: 'words', action: 'count', input: { text: 'a b' } },
  ]);
  const { state } = await host.wait(job?.jobId ?? '');
  const payloadOf = (type: string) => told.find((one) => one.type === type)?.payload;
  return { host, state, instance, payloadOf, types: told.map(({ type }) => type) };
}

test('drift is found at load, flagged, explained and never fatal', async (t) => {
  const workspace = await installed(t);
  edit(workspace, ({ code, drift_tracking: drift }) => {
    assert.ok(code && drift);
    const schema = { type: 'object', properties: { speed: { type: 'integer' } } };
    code['config_schema'] = schema;
    drift['config_schema_hash'] = canonicalHash(schema);
  });
  const { host, state, instance, payloadOf } = await loaded(t, workspace);
  assert.equal(state, 'completed');
  assert.deepEqual(instance.drift, ['config_schema']);
  assert.match(
    instance.notices.join('\n') ?? '',
    /words is not what its manifest says.*"speed" is gone/,
  );
  const { differences, hint } = payloadOf('capability_drifted') ?? {};
  assert.ok((differences as string[]).includes('the setting "weight" is new'));
  assert.equal(hint, 'Run: capstan regenerate words');

  // what is set from now on is held against what the worker really takes
  const { values } = await host.configure('words', { set: { weight: 2.5 } });
  assert.equal(values['weight'], 2.5);
  const { schema } = await host.config('words');
  assert.deepEqual(Object.keys(schema?.['properties'] ?? {}), ['weight']);
  await assert.rejects(host.configure('words', { set: { weight: 'heavy' } }), {
    code: 'CONFIG_INVALID',
  });
});

test('a worker that drifted is asked anew when its manifest was made anew', async (t) => {
  const workspace = await installed(t);
  edit(workspace, ({ code, drift_tracking: drift }) => {
    assert.ok(code && drift);
    delete code['config_schema'];
    drift['config_schema_hash'] = canonicalHash(null);
  });
  const { host, instance } = await loaded(t, workspace);
  assert.deepEqual(instance.drift, ['config_schema']);
  await regenerateManifests(await workspace.read(), { env: process.env });
  // the next call sees the new record, and the worker is held against it
  const [job] = await host.submit([
    { capability: 'words', action: 'count', input: { text: 'a b' } },
  ]);
  await host.wait(job?.jobId ?? '');
  assert.deepEqual((await host.load({ capability: 'words' })).drift, []);
  assert.deepEqual((await host.reload('words')).drift, []);
});

test('no drift is told of what is as it was recorded, floats of Python included', async (t) => {
  const workspace = await installed(t);
  const { instance, types } = await loaded(t, workspace);
  assert.deepEqual(instance.drift, []);
  assert.deepEqual(instance.notices, []);
  assert.ok(!types.includes('capability_drifted'));
});

test('drift is not looked for where it is switched off, nor for a surface without a stored hash', async (t) => {
  const workspace = await installed(t, ', drift: false');
  const break_ = () =>
    edit(workspace, ({ code, drift_tracking: drift }) => {
      assert.ok(code && drift);
      code['structural_surface'] = { methods: [], properties: [], attributes: [] };
      drift['structural_surface_hash'] = canonicalHash(null);
    });
  break_();
  const off = await loaded(t, workspace);
  await off.host.close();
  assert.ok(!off.types.includes('capability_drifted'));

  await workspace.write({
    'capstan.yaml': 'capabilities:\n  - { name: words, environment: venv, source: ./words.py }\n',
  });
  edit(workspace, ({ drift_tracking: drift }) =>
    Object.assign(drift ?? {}, { structural_surface_hash: null }),
  );
  const unrecorded = await loaded(t, workspace);
  await unrecorded.host.close();
  assert.ok(!unrecorded.types.includes('capability_drifted'));
});

test('a worker with another SDK than the host brings is told of at its start, with both versions', async (t) => {
  const workspace = await installed(t);
  edit(workspace, ({ capstan }) =>
    Object.assign(capstan ?? {}, {
      sdk: { ...(capstan?.['sdk'] as object), sha256: 'an older one' },
    }),
  );
  const { state, instance, payloadOf } = await loaded(t, workspace);
  assert.equal(state, 'completed');
  assert.match(
    instance.notices[0] ?? '',
    /words runs another build of SDK \d.* than this host brings; run `capstan install words`/,
  );
  assert.match(String(payloadOf('version_skewed')?.['hint']), /capstan install words/);
});

test('an environment that somebody changed is named at the start of a worker, with the repair', async (t) => {
  const workspace = await installed(t);
  const { capstan } = await readManifest(workspace.manifest('words'));
  intrude(capstan?.environment.path ?? '');
  const { state, instance, payloadOf } = await loaded(t, workspace);
  assert.equal(state, 'completed');
  assert.match(
    instance.notices[0] ?? '',
    /intruder==1\.0 was not there; run `capstan install words --force`/,
  );
  assert.deepEqual(payloadOf('environment_changed')?.['changes'], ['intruder==1.0 was not there']);
});

test('the diagnosis of a failed start names the changed environment, the other version and the repair', async (t) => {
  const workspace = await installed(t);
  const { capstan } = await readManifest(workspace.manifest('words'));
  intrude(capstan?.environment.path ?? '');
  edit(workspace, ({ capstan: ours }) => {
    Object.assign(ours ?? {}, {
      sdk: { ...(ours?.['sdk'] as object), version: '0.0.9' },
      class: 'Gone',
    });
  });
  const host = await openHost({ root: workspace.root, env: process.env });
  workspace.open.push(host);
  await assert.rejects(host.load({ capability: 'words' }), (error: unknown) => {
    assert.ok(error instanceof Error);
    assert.match(
      error.message,
      /changed: .*intruder==1\.0 was not there; run `capstan install words --force`/,
    );
    assert.match(error.message, /versions: words runs SDK 0\.0\.9, this host brings \d/);
    return true;
  });
});

test('an environment that was built anew with other packages than it was installed with is named', async (t) => {
  const workspace = await installed(t);
  edit(workspace, ({ capstan }) =>
    Object.assign(capstan ?? {}, {
      environment: { ...(capstan?.['environment'] as object), lock_hash: canonicalHash('other') },
    }),
  );
  assert.deepEqual(await staleCapabilities(await workspace.read()), [
    { name: 'words', reason: 'lock' },
  ]);
  const { instance } = await loaded(t, workspace);
  assert.match(
    instance.notices[0] ?? '',
    /built again, with other packages.*capstan install words`/,
  );
  const report = await workspace.install();
  assert.equal(report.capabilities[0]?.state, 'installed');
  assert.deepEqual(await staleCapabilities(await workspace.read()), []);
});

test('what a tool keeps in its fields while it works is no drift', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': 'capabilities:\n  - { name: words, environment: npm, source: ./words.ts }\n',
    'words.ts': `
import { Capability } from '@capstan/worker';
export default class Words extends Capability {
  readonly name = 'words';
  readonly version = '1.0.0';
  model;
  override readonly actions = { count: { input: { text: { type: 'string' } }, run: ({ text }) => text.length } };
  override initialize() {
    this.model = { loaded: true };
    this.cache = new Map();
  }
}
`,
  });
  await workspace.install();
  const { instance } = await loaded(t, workspace);
  assert.deepEqual(instance.notices, []);
});
