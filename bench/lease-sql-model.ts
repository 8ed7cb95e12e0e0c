import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SqlModel } from '../host/test/leases/sql-model.ts';

/** The model of the tests at full length: `node bench/lease-sql-model.ts --steps 1000000 [--seed 1] [--unfenced]`. */
const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    unfenced: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'capstan-model-'));
try {
  const startedMs = performance.now();
  const report = new SqlModel({
    path: join(folder, 'leases.db'),
    steps: Number(values.steps),
    seed: Number(values.seed),
    isFenced: !values.unfenced,
  }).run();
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(`${JSON.stringify({ ...report, seconds })}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
