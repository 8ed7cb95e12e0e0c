import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { documentIn } from './documents.ts';
import { openShop, type Shop, startsIn } from './shell.ts';

let shop: Shop;
before(async () => {
  shop = await openShop();
  assert.equal((await shop.run('install')).code, 0);
});
after(() => shop.remove());
const start = startsIn(() => shop);

test('with a host it is the same, and of a job that runs the worker is looked at', async () => {
  const host = start('up');
  await host.says('Up as process');
  const acquired = await shop.run(
    'lease',
    'acquire',
    '--region',
    'src',
    '--holder',
    'anna',
    '--json',
  );
  const { id } = JSON.parse(acquired.stdout) as { id: string };
  const lease = await shop.run('liveness', id);
  assert.equal(lease.code, 0, lease.stderr);
  assert.match(lease.stdout, /^advancing: lse_\w+\. It is .* too young to tell/);
  assert.equal((await shop.run('scope', '--lease', id, 'src/a.ts')).code, 0);
  assert.equal((await shop.run('scope', '--lease', id, 'a.ts')).code, 4);

  const job = start('run', 'tools.wait-for-cancel');
  await job.says(/waiting|running/);
  const jobs = documentIn((await shop.run('jobs', '--state', 'running', '--json')).stdout, 'jobs');
  const jobId = String(jobs['jobs'][0].id);
  const running = documentIn((await shop.run('liveness', jobId, '--json')).stdout, 'liveness');
  assert.equal(running['verdict'], 'advancing');
  assert.equal(running['isProcessAlive'], true);
  assert.ok(
    running['evidence'].some(({ what }: { what: string }) => what.startsWith('job started')),
  );

  host.kill('SIGKILL');
  await host.ended;
  const orphan = await shop.run('liveness', jobId);
  assert.equal(orphan.code, 4);
  assert.match(orphan.stdout, /No host is up to go on with it/);
  const kept = await shop.run('liveness', id);
  assert.equal(kept.code, 0, 'a reservation outlives the host that granted it');
});
