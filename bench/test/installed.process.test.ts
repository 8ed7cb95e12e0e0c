import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openInstalled } from '../hosts/installed.ts';
import { makeWorkspace } from '../hosts/workspace.ts';

test('the end of one bench leaves the workers of another alone', async (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-two-')));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await makeWorkspace(folder, join(import.meta.dirname, '..', 'subjects'));
  const [one, other] = [await openInstalled(folder), await openInstalled(folder)];
  const worker = await one.start('empty-node');
  await other.guard.close();
  const outcome = await worker.call({
    callId: 'call_1',
    target: { action: 'echo' },
    kwargs: { text: 'still here' },
  });
  await worker.stop();
  await one.guard.close();
  assert.deepEqual(outcome.kind === 'result' && outcome.value, 'still here');
});
