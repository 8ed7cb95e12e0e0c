import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dosKernel } from '../systems/dos-kernel/index.ts';
import { systemsFolder } from '../systems/folder.ts';

test('the published kernel of leases does the work beside us, and tells what it cost it', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'capstan-bench-dos-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const system = await dosKernel.open({ cache: systemsFolder('dos-kernel'), data, say() {} });
  t.after(() => system.close());
  assert.match(system.version, /^0\.26\.0 on Python 3\.1[1-9]/);
  for (const ability of dosKernel.abilities) assert.ok(system[ability] !== undefined, ability);

  const pairs = await system.leasePairs!({ processes: 2, seconds: 0.5, entries: 100 });
  assert.ok(pairs.wall > 0.1 && pairs.wall < 5_000, `${pairs.wall} pairs a second`);
  assert.ok(pairs.tried >= 2 && pairs.busy <= pairs.tried);
  const world = { live: [['packages/p1/**'], ['packages/p2/**']], asked: ['packages/free/**'] };
  const decision = await system.decide!(world, 20);
  assert.ok(decision.wall > 1 && decision.wall < 100_000, `${decision.wall} µs for a decision`);
  await assert.rejects(
    system.decide!({ ...world, asked: ['packages/p1/**'] }, 1),
    /it is free, and the answer is/,
    'a world in which somebody is in the way is no world to measure',
  );
  for (const what of ['decide', 'acquire'] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const command = await system.leaseCommand!(what, 100);
    assert.ok(command.wall > 20 && command.wall < 60_000, `${command.wall} ms for a command`);
  }
});
