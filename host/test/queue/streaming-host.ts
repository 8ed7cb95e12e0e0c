import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ActionDescription } from '@capstan/protocol';
import { type InstalledCapability, parseDeclarations } from '../../src/capabilities/index.ts';
import { openHost } from '../../src/host.ts';
import type { Host } from '../../src/host-surface.ts';
import { InstalledCatalog } from '../../src/installed-catalog.ts';
import { Guard } from '../../src/workers/index.ts';
import { installedFixture } from '../instances/world.ts';

const repository = join(import.meta.dirname, '../../..');
const folder = join(import.meta.dirname, '../fixtures/streams');

const anything: ActionDescription = {
  description: '',
  effects: 'idempotent',
  input: { type: 'object' },
  output: null,
};
const actions = Object.fromEntries(
  ['count', 'chunks', 'breaks', 'files', 'strays', 'dies', 'single', 'uses'].map((name) => [
    name,
    anything,
  ]),
);

const counting = { methods: { up: anything } } as InstalledCapability['tasks'][string];

export type Language = 'node' | 'python';
export const languages: readonly Language[] = ['node', 'python'];

/** A host of the same tool in both languages, under the SDKs themselves. Opened again when `root` is given. */
export async function streamingHost(
  t: TestContext,
  given?: string,
): Promise<{ host: Host; root: string }> {
  const root = given ?? mkdtempSync(join(tmpdir(), 'capstan-streams-'));
  writeFileSync(join(root, 'capstan.yaml'), 'capabilities: []\n');
  const runtimeDir = mkdtempSync(join(tmpdir(), 'cap-'));
  const env = { HOME: root, XDG_DATA_HOME: join(root, 'xdg'), XDG_RUNTIME_DIR: runtimeDir };
  const guard = new Guard({ hostId: 'fixture', workspace: 'fixture' });
  await guard.close();
  const installed = new Map<string, InstalledCapability>(
    languages.map((language) => {
      const cwd = join(root, '.capstan', 'data', language);
      mkdirSync(cwd, { recursive: true });
      const plain = installedFixture('well-behaved', { guard, runtimeDir }, join(root, 'data'));
      const isPython = language === 'python';
      const capability: InstalledCapability = {
        ...plain,
        name: language,
        cwd,
        slots: 8,
        examinesDrift: false,
        command: isPython
          ? ['python3', '-m', 'capstan_worker']
          : [process.execPath, join(repository, 'worker-node/src/main.ts')],
        module: join(folder, isPython ? 'tool.py' : 'tool.mjs'),
        adapters: isPython ? [] : [`${join(folder, 'tool.mjs')}:Counting`],
        env: {
          PATH: process.env['PATH'] ?? '',
          PYTHONPATH: join(repository, 'worker-python'),
        },
        actions,
        tasks: isPython ? {} : { counting },
      };
      return [language, capability];
    }),
  );
  const capabilities = languages.map((name) => ({ name, instances: [] }));
  const file = join(root, 'capstan.yaml');
  const { capabilities: _, ...rules } = parseDeclarations('capabilities: []', file);
  const workspace = { ...rules, root, file, capabilities } as never;
  const host = await openHost({
    root,
    env,
    catalog: new InstalledCatalog(workspace, installed, []),
  });
  t.after(async () => {
    await host.close();
    for (const each of [runtimeDir, root]) rmSync(each, { recursive: true, force: true });
  });
  return { host, root };
}
