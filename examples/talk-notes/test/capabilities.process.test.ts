import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the Python tools find regions, join words and refuse other recordings', () => {
  const script = fileURLToPath(new URL('test_capabilities.py', import.meta.url));
  const { status, stderr } = spawnSync('python3', ['-B', script], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
