import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SqlModel } from './sql-model.ts';

/** In memory, where there is such a folder: what is tried here is what is decided, and not the disk. */
function pathFor(t: TestContext): string {
  const folder = mkdtempSync(
    join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'capstan-model-'),
  );
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'leases.db');
}

test('ten thousand random steps on a real ledger come to what a model of a few lines says', (t) => {
  const report = new SqlModel({ path: pathFor(t), steps: 10_000, seed: 1 }).run();
  assert.ok(report.granted > 1_000 && report.refused > 500 && report.writes > 300);
  assert.ok(report.boots > 5 && report.compactions > 20);
});

test('the same without the guard has stale writes: the control', (t) => {
  const model = new SqlModel({ path: pathFor(t), steps: 10_000, seed: 1, isFenced: false });
  assert.throws(() => model.run(), /a stale write/);
});
