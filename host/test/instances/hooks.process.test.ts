import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJournaled } from '../../src/index.ts';
import { until, voices } from './voices.ts';

const shop = voices();

test('on_disable is told at once where nothing runs, on_enable when it is enabled again', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  await host.load({ capability: 'speech', set: { log: log.path } });
  await host.setEnabled('speech', false, 'test');
  assert.deepEqual(log.events().slice(1), ['on_disable']);
  await host.setEnabled('speech', true, 'test');
  assert.deepEqual(log.events().slice(1), ['on_disable', 'on_enable']);
});

test('on_disable waits until the last of several calls has ended: they are counted', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  await host.load({ capability: 'speech', set: { log: log.path } });
  const [one, two] = [shop.latch(), shop.latch()];
  const calls = [one, two].map(({ path }) => host.call('speech.hold', { until: path }));
  await until(() => log.events().filter((each) => each === 'hold').length === 2, 'both are inside');
  await host.setEnabled('speech', false, 'test');
  one.open();
  await calls[0];
  assert.equal(log.events().includes('on_disable'), false, 'one call is still inside');
  two.open();
  await calls[1];
  await until(() => log.events().includes('on_disable'), 'it is told');
  assert.deepEqual(log.events().slice(-2), ['let go', 'on_disable']);
});

test('disabling what is disabled does nothing, nor does enabling what is enabled', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  await host.load({ capability: 'speech', set: { log: log.path } });
  await host.setEnabled('speech', true, 'test');
  await host.setEnabled('speech', false, 'test');
  await host.setEnabled('speech', false, 'test');
  await host.setEnabled('speech', true, 'test');
  await host.setEnabled('speech', true, 'test');
  assert.deepEqual(log.events().slice(1), ['on_disable', 'on_enable']);
});

test('one that is enabled again before its calls have ended is not told that it was disabled', async (t) => {
  const host = await shop.open(t);
  const log = shop.log();
  await host.load({ capability: 'speech', set: { log: log.path } });
  const latch = shop.latch();
  const call = host.call('speech.hold', { until: latch.path });
  await until(() => log.events().includes('hold'), 'the call is inside');
  await host.setEnabled('speech', false, 'test');
  await host.setEnabled('speech', true, 'test');
  latch.open();
  await call;
  await host.call('speech.transcribe', { audio: 'a' });
  assert.equal(log.events().includes('on_disable'), false);
});

test('a disabled instance hears of it alone: its siblings do not', async (t) => {
  const host = await shop.open(t);
  const [mine, other] = [shop.log(), shop.log()];
  await host.load({ capability: 'speech', set: { log: mine.path } });
  await host.load({ capability: 'speech-large', set: { log: other.path } });
  await host.setEnabled('speech', false, 'test');
  assert.equal(mine.events().includes('on_disable'), true);
  assert.equal(other.events().includes('on_disable'), false);
});

test('a flag that was set before is restored when the instance is loaded, which is told in the journal', async (t) => {
  const host = await shop.open(t);
  await host.setEnabled('speech', false, 'test');
  const told = Promise.withResolvers<unknown>();
  host.subscribe((event) => {
    if (isJournaled(event) && event.type === 'config_applied') {
      told.resolve(event.payload['enabled']);
    }
  });
  const { enabled, state } = await host.load({ capability: 'speech' });
  assert.deepEqual([enabled, state], [false, 'ready']);
  assert.equal(await told.promise, false);
});
