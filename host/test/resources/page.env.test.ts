import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createHost } from '../../src/index.ts';
import { TestWorkspace } from '../capabilities/workspace.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/resources.md'), 'utf8');

/** The block of the page that names a file. */
function blockOf(file: string): string {
  const language = file.endsWith('.py') ? 'python' : 'ts';
  const begin = page.indexOf(`\`\`\`${language} ${file}\n`);
  assert.ok(begin !== -1, file);
  const text = page.slice(page.indexOf('\n', begin) + 1);
  return text.slice(0, text.indexOf('```'));
}

for (const [file, kind] of [
  ['watch.py', 'venv'],
  ['watch.ts', 'npm'],
] as const) {
  test(`the monitor of docs/resources.md in ${file} measures for its workspace`, async (t) => {
    const workspace = await TestWorkspace.with(t, { [file]: blockOf(file) });
    await workspace.write({
      'capstan.yaml': `monitor: watch\ncapabilities:\n  - name: watch\n    environment: ${kind}\n    source: ./${file}\n`,
    });
    await workspace.install();
    await using host = await createHost({ root: workspace.root });
    // The first look may be over before its worker is up.
    let report = await host.resources();
    for (let left = 40; left > 0 && report.problems.length > 0; left -= 1) {
      // oxlint-disable-next-line no-await-in-loop -- until it answers
      await delay(500);
      // oxlint-disable-next-line no-await-in-loop
      report = await host.resources();
    }
    assert.deepEqual(report.problems, []);
    const gpu = report.devices.find(({ resource }) => resource === 'gpu:0/vram');
    assert.equal(gpu?.total, 16 * 1024 ** 3);
    assert.equal(gpu?.name, 'accelerator');
    assert.equal(gpu?.ours, 512 * 1024 ** 2, 'its own process is one of ours');
    const ram = report.devices.find(({ resource }) => resource === 'ram');
    assert.ok((ram?.total ?? 0) > 256 * 1024 ** 2);
  });
}
