import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from '../../protocol/conformance/worker.ts';

test('TypeScript inside node_modules is refused with what to do about it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'capstan-'));
  const folder = join(dir, 'node_modules/unbuilt');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.ts'), 'export default 1 as number;');
  const command = [process.execPath, join(import.meta.dirname, '../src/main.ts')];
  const worker = new Worker({ command, module: join(folder, 'index.ts'), class: '', broken: '' });
  try {
    await assert.rejects(
      worker.untilReady(),
      /TypeScript inside node_modules.*Publish the package/,
    );
  } finally {
    await worker.dispose();
    await rm(dir, { recursive: true });
  }
});
