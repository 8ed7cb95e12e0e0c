import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { parsePs, processesByPs } from '../../src/resources/ps.ts';
import { pageBytes } from '../../src/resources/processes.ts';
import { treesOf } from '../../src/resources/trees.ts';

test('what ps of Linux and of macOS prints is read', () => {
  const said = [
    '    1     0     1 23224 2-00:03:45 Ss',
    '  501     1   501 20480   1:02.50 S+',
    '  502   501   501     0   0:00.00 Z',
    'garbage',
  ].join('\n');
  const [first, second, ...rest] = parsePs(said);
  assert.equal(first?.cpuTicks, (2 * 86_400 + 225) * 100);
  assert.deepEqual(
    { ...second, rssPages: (second?.rssPages ?? 0) * pageBytes() },
    {
      pid: 501,
      parentPid: 1,
      group: 501,
      startTicks: 0,
      cpuTicks: 6250,
      reapedTicks: 0,
      rssPages: 20_480 * 1024,
    },
  );
  assert.deepEqual(rest, []);
});

test('where there is no /proc, ps tells which processes belong to a root', async (t) => {
  const child = spawn('/bin/sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  const tree = treesOf([process.pid], await processesByPs({})).get(process.pid) ?? [];
  const pids = tree.map(({ pid }) => pid);
  assert.ok(pids.includes(process.pid) && pids.includes(child.pid ?? 0), pids.join());
  assert.ok(tree.every(({ rssPages }) => rssPages >= 0));
});
