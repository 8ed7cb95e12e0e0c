import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { jobSpec, openStore } from './workspace.ts';

const program = join(import.meta.dirname, '../fixtures/stores/looks-then-opens.ts');
const onReadOnlyDisk =
  'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec "$2" "$3" "$1"';

const mayUnshare = spawnSync('unshare', ['-rm', 'true']).status === 0;
const skip = mayUnshare ? false : 'needs unshare, of util-linux, and user namespaces';

test('on a read-only disk one can look at what was done, and a host says why it cannot work', {
  skip,
}, async (t) => {
  const { store, paths } = await openStore(t);
  await store.submitJobs([jobSpec(), jobSpec()]);
  await store.close();
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['-rm', 'sh', '-c', onReadOnlyDisk, 'sh', paths.root, process.execPath, program],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  const { jobs, said } = JSON.parse(stdout);
  assert.equal(jobs, 2);
  assert.match(said, /\.capstan\/host\.lock cannot be opened: its folder cannot be written/);
});
