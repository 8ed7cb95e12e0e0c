import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { needsMounts, startOnSmallDisk } from './small-disk.ts';

const fixture = (name: string): string => join(import.meta.dirname, '../fixtures/stores', name);
const mebibyte = 1024 * 1024;

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'capstan-mount-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const hasBindfs = spawnSync('bindfs', ['--version']).status === 0;

test('a real FUSE mount is refused unless forced, and one that vanishes acknowledges nothing', {
  skip: needsMounts || (hasBindfs ? false : 'needs bindfs'),
}, (t) => {
  const root = folder(t);
  for (const name of ['behind', 'mount']) mkdirSync(join(root, name));
  const script = `bindfs -f --no-allow-other "$1/behind" "$1/mount" & server=$!
    until [ "$(stat -f -c %t "$1/mount")" = 65735546 ]; do kill -0 $server || exit 9; done
    "$2" "$3" "$1/mount" $server`;
  const args = ['-rm', 'sh', '-c', script, 'sh', root, process.execPath];
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    [...args, fixture('lives-on-a-mount.ts')],
    { encoding: 'utf8', timeout: 30_000 },
  );
  assert.equal(status, 0, stderr);
  const said = JSON.parse(stdout) as { [moment: string]: string };
  assert.match(said['lock'] ?? '', /^STORE_ON_NETWORK_FS .*host\.lock lies on .* \(FUSE\)/);
  assert.match(said['store'] ?? '', /^STORE_ON_NETWORK_FS .*state\.db lies on .* \(FUSE\)/);
  assert.equal(said['job'], 'pending');
  assert.match(said['gone'] ?? '', /^STORE_WRITE_FAILED .*state\.db could not be written/);
  assert.match(said['wedged'] ?? '', /^STORE_WEDGED nothing new is accepted/);
});

const mayLoop =
  process.getuid?.() === 0 &&
  spawnSync('losetup', ['--find']).status === 0 &&
  spawnSync('mkfs.ext4', ['-V']).status === 0;

/** A disk that becomes read-only under its users, as ext4 does after an error. */
test('a disk that goes read-only while a host works wedges it, and nothing false was acknowledged', {
  skip: needsMounts || (mayLoop ? false : 'needs root, loop devices and ext4'),
  timeout: 60_000,
}, async (t) => {
  const root = folder(t);
  const { hear, hearUntil, tell, ended } = await startOnSmallDisk(t, root, {
    mount: 'ext4',
    reserveBytes: mebibyte,
  });
  assert.equal(await hear(), 'ready');
  tell('submit 10');
  assert.match(await hear(), /^ack /);
  tell('break');
  await hearUntil(/^broken/);
  tell('submit 10');
  const heard = await hearUntil(/^wedged .*state\.db could not be written/);
  assert.ok(!heard.some((line) => line.startsWith('ack')));
  tell('submit 10');
  await hearUntil(/^refused STORE_WEDGED/);
  tell('close');
  await hearUntil(/^end/);
  await ended;
});
