import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createHost } from '../../src/index.ts';
import { TestWorkspace } from '../capabilities/workspace.ts';

const listener = `
import time
from dataclasses import dataclass

from capstan_worker import Capability, action, setting


class Listener(Capability):
    @dataclass
    class Config:
        log: str = ""
        model: str = setting("tiny", reload="model")
        device: str = setting("cpu", reload="model")
        beams: int = setting(5, minimum=1, reload="decoder")

    def initialize(self, config):
        self.say("initialize " + config.model)
        with self.heartbeat("loading", interval=0.1):
            time.sleep(1.6)

    def _apply_config(self, config):
        if config.model == "broken":
            raise RuntimeError("the model is damaged")
        self.say("apply " + config.model)

    def _release_model(self):
        self.say("release model")

    def _release_decoder(self):
        self.say("release decoder")

    def prefetch(self):
        with self.heartbeat("downloading", interval=0.1):
            time.sleep(1.6)
        self.say("prefetched")

    def on_enable(self):
        self.say("on_enable")

    def on_disable(self):
        self.say("on_disable")

    def cleanup(self):
        self.say("cleanup")

    def say(self, what):
        with open(self.config.log, "a") as file:
            file.write(what + "\\n")

    @action
    def which(self) -> str:
        return self.config.model
`;

const declaration = `capabilities:
  - name: listener
    environment: venv
    source: ./listener.py
    silenceSeconds: 1
    config: { log: LOG }
`;

test('a tool in Python lives the same life: heartbeats, reload triggers, hooks, and the old configuration on failure', async (t) => {
  const workspace = await TestWorkspace.with(t, { 'listener.py': listener });
  const log = join(workspace.folder, 'life.log');
  await workspace.write({ 'capstan.yaml': declaration.replace('LOG', log) });
  await workspace.install();
  const lines = () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []);
  await using host = await createHost({ root: workspace.root });

  const { session } = await host.load({ capability: 'listener' });
  assert.deepEqual(await host.prefetch('listener'), { status: 'prefetched' });
  await host.configure('listener', { set: { model: 'large', device: 'cuda' } });
  assert.equal(await host.call('listener.which'), 'large');
  await assert.rejects(
    host.configure('listener', { set: { model: 'broken', beams: 2 } }),
    /could not be reconfigured: .*the model is damaged/,
  );
  assert.equal(await host.call('listener.which'), 'large');
  assert.equal((await host.config('listener')).values['beams'], 5);
  await host.setEnabled('listener', false, 'test');
  await host.setEnabled('listener', true, 'test');
  assert.equal(host.instances()[0]?.session, session, 'all of it in one worker');
  await host.unload('listener');
  assert.deepEqual(lines(), [
    'initialize tiny',
    'prefetched',
    'release model',
    'apply large',
    // it failed at the new one, and was given the old one again
    'release model',
    'release decoder',
    'release model',
    'release decoder',
    'apply large',
    'on_disable',
    'on_enable',
    'cleanup',
  ]);
});
