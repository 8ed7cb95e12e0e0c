import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { isJsonObject } from '@capstan/protocol';
import { Capability, type Context } from '@capstan/worker';
import { Tool } from '../src/tool.ts';

test('the capabilities that docs/configuration.md shows in TypeScript run as they stand', async (t) => {
  const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const blocks = Array.from(page.matchAll(/^```ts\n([^]*?)^```$/gm), ([, code = '']) => code);
  const shown = blocks.filter((code) => code.includes('defineCapability({'));
  assert.equal(shown.length, 2);
  const folder = await mkdtemp(join(tmpdir(), 'configuration-page-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [index, code] of shown.entries()) {
    const file = join(folder, `block-${index}.ts`);
    const resolved = code.replaceAll(
      /from '([^']+)'/g,
      (_, name: string) => `from '${import.meta.resolve(name)}'`,
    );
    // oxlint-disable-next-line no-await-in-loop -- two of them
    await writeFile(file, resolved);
    // oxlint-disable-next-line no-await-in-loop
    const { default: capability } = (await import(pathToFileURL(file).href)) as {
      default: Capability;
    };
    assert.ok(capability instanceof Capability);
    const { properties } = capability.getConfigSchema();
    assert.ok(isJsonObject(properties) && isJsonObject(properties['model']));
    assert.equal(properties['model']['reloadTrigger'], 'model');
    const start = { dirs: { data: '/d', models: '/m', calls: '/c' }, secrets: {} };
    const tool = new Tool(capability, new Map(), start);
    const context = { config: capability.config } as unknown as Context;
    // oxlint-disable-next-line no-await-in-loop
    await tool.initialize({ model: 'large' }, context);
    // oxlint-disable-next-line no-await-in-loop
    await assert.rejects(tool.initialize({ modle: 'large' }, context), /did you mean "model"\?/);
  }
});
