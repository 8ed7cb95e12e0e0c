import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { documentIn } from './documents.ts';
import { openShop, type Shop } from './shell.ts';

let shop: Shop;
before(async () => {
  shop = await openShop();
  const { code, stderr } = await shop.run('install', '--yes');
  assert.equal(code, 0, stderr);
});
after(() => shop.remove());

interface Finding {
  check: string;
  state: string;
  message: string;
  fix?: string;
}

const doctor = async (): Promise<Finding[]> =>
  documentIn((await shop.run('doctor', '--json')).stdout, 'doctor')['findings'];

test('doctor names a program of the conda family that is declared and not here, and where to put it', async () => {
  const declared = join(shop.root, 'capstan.yaml');
  const more =
    '\n  - { name: gdal, environment: { kind: pixi, packages: [gdal] }, source: ./tools.ts }\n';

  const text = await readFile(declared, 'utf8');
  await writeFile(declared, text.trimEnd() + more);
  const found = (await doctor()).find(({ check }) => check === 'pixi');
  await writeFile(declared, text);
  assert.equal(found?.state, 'warning');
  assert.match(found.message, /not found; gdal cannot be built/);
  assert.match(found.fix ?? '', /\.capstan\/tools\/pixi/);
});

test('doctor finds a program that lies in the workspace, counts environments nobody uses, and a folder anybody may change', async () => {
  const tool = join(shop.root, '.capstan/tools/micromamba');
  await mkdir(join(tool, '..'), { recursive: true });
  await writeFile(tool, '#!/bin/sh\necho 2.3.2\n', { mode: 0o755 });
  const environments = join(
    shop.env['XDG_DATA_HOME'] ?? join(shop.env['HOME'] ?? '', '.local/share'),
    'capstan/environments',
  );
  const unused = join(environments, `uv-${'0'.repeat(32)}`);
  await mkdir(unused);
  await chmod(environments, 0o777);
  const findings = await doctor();
  const conda = findings.find(({ check }) => check === 'conda');
  assert.match(conda?.message ?? '', /micromamba 2\.3\.2 at .*\.capstan\/tools\/micromamba/);
  const [open, use] = findings.filter(({ check }) => check === 'environments');
  assert.deepEqual(
    [open?.state, open?.message.includes('can be changed by other users')],
    ['problem', true],
  );
  assert.match(use?.message ?? '', /1 environment nobody uses, .*capstan prune environments/);
  await chmod(environments, 0o755);
  await rm(unused, { recursive: true });
  await rm(tool);
  const again = (await doctor()).filter(({ check }) => check === 'environments');
  assert.deepEqual(
    again.map(({ state }) => state),
    ['ok'],
  );
});
