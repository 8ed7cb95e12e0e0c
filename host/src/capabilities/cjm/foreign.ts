import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ActionDescription } from '@capstan/protocol';
import { HostError } from '../../errors.ts';
import { introspect } from '../introspect.ts';
import type { AdapterSection, CapstanSection, Manifest } from '../manifest.ts';
import { specOf } from '../manifest-document.ts';
import { isPythonObject, plainJson, type PythonObject } from '../python-json.ts';
import { substrateCommand } from './command.ts';

/** Where the manifest of another program keeps what it was found to offer when it was taken over. */
const offersMember = 'capstan_offers';

interface Offers {
  actions: CapstanSection['actions'];
  adapters: AdapterSection[];
}

/**
 * A manifest that `cjm-ctl` wrote says enough to start a worker in the environment that it made. What the
 * capability can be asked it does not say; where nobody looked, one action stands for all.
 */
const anything: ActionDescription = {
  description:
    'Calls `execute` with the given arguments; a tool with actions wants one as `action`.',
  input: { type: 'object', additionalProperties: true },
  output: null,
  effects: 'idempotent',
};

/** What `capstan install` would have recorded, as far as another program's manifest tells it. */
export async function foreignSection(manifest: Manifest): Promise<CapstanSection> {
  const { install, code, document } = manifest;
  const python = install.python_path;
  if ((await stat(python).catch(() => null)) === null) {
    throw new HostError(
      'ENV_CHANGED',
      `${code.name} was installed by ${install.installer_version || 'another program'} into an environment that is gone: there is no ${python}.`,
      {
        hint: `Run \`capstan install ${code.name}\` to build one of its own.`,
        details: { missing: python },
      },
    );
  }
  const recorded = document['install'];
  const condaEnv =
    typeof recorded === 'object' && recorded !== null && 'conda_env' in recorded
      ? recorded.conda_env
      : '';
  return {
    dialect: 'cjm',
    environment: {
      kind: 'venv',
      key: `cjm-ctl ${typeof condaEnv === 'string' ? condaEnv : ''}`.trim(),
      path: dirname(dirname(python)),
      lock_hash: '',
      interpreter: python,
      interpreter_version: '',
    },
    command: substrateCommand(python),
    module: code.module,
    class: code.class,
    ...(offersIn(manifest) ?? { actions: { execute: anything }, adapters: [] }),
    sdk: { name: 'cjm-substrate', version: '', sha256: '' },
    source: { spec: install.package_source, hash: null },
    requirement_hash: '',
  };
}

export interface Looking {
  name: string;
  env: Record<string, string>;
  /** `module:Class` of those that are recorded for its environment. */
  adapters: readonly string[];
}

/**
 * The document of such a manifest, with what the capability offers, asked in the environment that it has.
 * Throws INTROSPECTION_FAILED, ENV_CHANGED.
 */
export async function withOffers(manifest: Manifest, looking: Looking): Promise<PythonObject> {
  const { command, module, class: className } = await foreignSection(manifest);
  const { document, facts } = await introspect({
    ...looking,
    command,
    module,
    class: className,
    findAdapters: false,
    code: null,
  });
  const found = Array.isArray(document['adapters']) ? document['adapters'] : [];
  const adapters = found.filter(isPythonObject).map((adapter, index) => ({
    spec: specOf(facts.adapters[index]),
    name: adapter['name'] ?? '',
    task_name: adapter['task_name'] ?? '',
    methods: adapter['methods'] ?? {},
  }));
  return { ...manifest.document, [offersMember]: { actions: document['actions'] ?? {}, adapters } };
}

function offersIn({ document }: Manifest): Offers | null {
  const found = document[offersMember];
  if (!isPythonObject(found)) return null;
  const { actions, adapters } = JSON.parse(JSON.stringify(plainJson(found))) as Partial<Offers>;
  return { actions: actions ?? {}, adapters: adapters ?? [] };
}
