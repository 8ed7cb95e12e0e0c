import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionDescription, Effects } from '@capstan/protocol';
import {
  type InstalledCapability,
  parseDeclarations,
  parseManifest,
} from '../../../src/capabilities/index.ts';
import { InstalledCatalog } from '../../../src/installed-catalog.ts';
import type { WorkspacePaths } from '../../../src/paths.ts';

export const toolNames = ['tool-0', 'tool-1'] as const;

/** A catalog as if the campaign's tool had been installed twice, without any package manager. */
export function toolCatalog(paths: WorkspacePaths, effectsLog: string): InstalledCatalog {
  const installed = new Map(toolNames.map((name) => [name, tool(name, paths, effectsLog)]));
  const file = join(paths.root, 'capstan.yaml');
  const entries = toolNames.map((name) => ({ name, environment: 'npm', source: '.', slots: 2 }));
  const declared = parseDeclarations(JSON.stringify({ capabilities: entries }), file);
  const workspace = { root: paths.root, file, ...declared };
  return new InstalledCatalog(workspace, installed, []);
}

function tool(name: string, paths: WorkspacePaths, effectsLog: string): InstalledCapability {
  const cwd = join(paths.dataDir, name);
  mkdirSync(cwd, { recursive: true });
  return {
    name,
    manifest: parseManifest(manifestText(name), `${name}.json`),
    dialect: 'capstan',
    config: {},
    configSchema: undefined,
    lenient: false,
    instances: [],
    workerEnv: [],
    lockHash: '',
    sdk: { name: '', version: '' },
    adapters: [],
    offered: [],
    examinesDrift: true,
    idleMs: 60_000,
    silenceMs: 60_000,
    slots: 2,
    command: [process.execPath, join(import.meta.dirname, 'tool.mjs')],
    cwd,
    module: name,
    class: '',
    env: { PATH: process.env['PATH'] ?? '', EFFECTS_LOG: effectsLog },
    actions: {
      pure: action('pure'),
      idempotent: action('idempotent'),
      unsafe: action('unsafe'),
      tree: action('idempotent'),
      file: action('pure'),
      deaf: action('idempotent'),
    },
    tasks: {},
  };
}

const action = (effects: Effects): ActionDescription => ({
  description: '',
  input: { type: 'object' },
  output: null,
  effects,
});

const manifestText = (name: string): string =>
  JSON.stringify({
    format_version: '2.0',
    install: { python_path: '/usr/bin/python3' },
    code: {
      name,
      version: '1.0.0',
      description: 'a tool of the campaigns',
      module: name,
      class: 'Tool',
      config_schema: { type: 'object', properties: {} },
    },
    drift_tracking: {},
  });
