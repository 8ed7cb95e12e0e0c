import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { call, start } from './fixtures.ts';

test('prints-garbage is readable, bounded, and ready all the same', async (t) => {
  const { worker, output } = await start(t, 'prints-garbage');
  await worker.stop();
  const texts = output.map(({ text }) => text);
  assert.equal(texts[0], 'k\ufffd\ufffd\0k');
  assert.equal(texts[1], '\u001b[31mred\u001b[0m');
  assert.equal(texts[2], '100%');
  assert.equal(texts[3]?.length, 65_536 + ' … (line cut, 134464 bytes more)'.length);
  assert.equal(texts[4], 'capstan is a nice word');
  assert.equal(texts[5], 'windows line');
  assert.doesNotMatch(texts.join('\n'), /w\.sock/, 'the ready line is no output');
});

test('floods-stdout becomes ready, answers, and costs neither memory nor the event loop', async (t) => {
  const { worker, output } = await start(t, 'floods-stdout');
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  const before = process.memoryUsage().rss;
  const dropped = () => output.find(({ droppedBytes }) => droppedBytes !== undefined);
  while (dropped() === undefined) {
    assert.deepEqual(await call(worker, 'anything'), { kind: 'result', value: 'done' });
  }
  loop.disable();
  assert.match(dropped()?.text ?? '', /^… \d+ bytes of output dropped/);
  assert.ok(process.memoryUsage().rss - before < 100e6, 'memory does not grow with the output');
  assert.ok(loop.percentile(90) / 1e6 < 100, `loop p90 ${loop.percentile(90) / 1e6} ms`);
  const kept = output.filter(({ droppedBytes }) => droppedBytes === undefined);
  assert.ok(
    kept.every(({ text }) => text === 'the same line again and again'),
    'no torn lines',
  );
  await worker.stop();
});

test('a line of 300 MB is cut, not kept', async (t) => {
  const { worker, output } = await start(t, 'floods-without-newline');
  const before = process.memoryUsage().rss;
  assert.deepEqual(await call(worker, 'anything'), { kind: 'result', value: 'done' });
  await worker.stop();
  assert.ok(process.memoryUsage().rss - before < 100e6, 'memory does not grow with the line');
  assert.ok(output.every(({ text }) => text.length < 70_000));
});
