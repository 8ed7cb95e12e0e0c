import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { needsMounts } from '../stores/small-disk.ts';

const ledgers = join(import.meta.dirname, '../../src/leases/index.ts');

test('a ledger that cannot be made because the disk is full says so, and not that it is damaged', {
  skip: needsMounts,
}, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-full-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const program = `
    const { Ledger } = await import(${JSON.stringify(ledgers)});
    try {
      Ledger.open(process.argv[1] + '/leases.db');
    } catch ({ code, message, hint }) {
      process.stdout.write([code, message, hint].join('\\n'));
    }
  `;
  const script =
    'mount -t tmpfs -o size=16k tmpfs "$1" && exec "$2" --input-type=module -e "$3" "$1"';
  const args = ['-rm', 'sh', '-c', script, 'sh', folder, process.execPath, program];
  const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
  assert.match(stdout, /^STORE_WRITE_FAILED\n.*the disk is full\n.*Free some space/, stderr);
});
