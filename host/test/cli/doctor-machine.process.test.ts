import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { documentIn } from './documents.ts';
import { openShop, type Shop, startCapstan } from './shell.ts';

let shop: Shop;
before(async () => {
  shop = await openShop();
});
after(() => shop.remove());

interface Finding {
  check: string;
  state: string;
  message: string;
  fix?: string;
}

/** On a `PATH` without interpreters, of which each would be asked for its version. */
async function doctor(more: NodeJS.ProcessEnv = {}): Promise<Finding[]> {
  const env = { ...shop.env, PATH: '/nowhere', ...more };
  const { ended } = startCapstan(['doctor', '--json'], shop.root, env);
  return documentIn((await ended).stdout, 'doctor')['findings'];
}

const of = (findings: Finding[], name: string): Finding[] =>
  findings.filter(({ check }) => check === name);

test('doctor tells the memory, and each GPU with what of it is in use', async () => {
  const file = join(shop.root, 'gpus.json');
  const devices = [{ name: 'Fake 24 GB', total: '24GiB', used: '6GiB' }, { total: 'lots' }];
  await writeFile(file, JSON.stringify({ devices }));
  const findings = await doctor({ CAPSTAN_FAKE_GPUS: file });
  assert.match(
    of(findings, 'machine')[0]?.message ?? '',
    /^\d+ cores?, .*iB of .*iB memory available$/,
  );
  const [gpu, wrong] = of(findings, 'gpus');
  assert.equal(
    gpu?.message,
    'gpu:0 Fake 24 GB: 6 GiB of 24 GiB in use, played by the file of CAPSTAN_FAKE_GPUS',
  );
  assert.equal(wrong?.state, 'warning');
  assert.match(wrong.message, /device 1 needs "total"/);
});

test('doctor tells why a GPU is not measured, in the words of its driver', async () => {
  const folder = join(shop.root, 'programs');
  await mkdir(folder);
  const program = join(folder, 'nvidia-smi');
  const said = 'Failed to initialize NVML: Driver/library version mismatch';
  await writeFile(program, `#!/bin/sh\necho '${said}'\nexit 18\n`);
  await chmod(program, 0o755);
  const [finding] = of(await doctor({ PATH: folder }), 'gpus');
  assert.equal(finding?.state, 'warning');
  assert.match(finding.message, /version mismatch \(.*restart the machine\)/);
});

test('doctor tells of a monitor that is declared and not installed', async () => {
  const declared = join(shop.root, 'capstan.yaml');
  const text = await readFile(declared, 'utf8');
  await writeFile(declared, `monitor: tools\n${text}`);
  const [finding] = of(await doctor(), 'monitor');
  await writeFile(declared, text);
  assert.equal(finding?.state, 'warning');
  assert.match(finding.fix ?? '', /capstan install/);
  assert.deepEqual(of(await doctor(), 'monitor'), [], 'without one there is nothing to say');
});
