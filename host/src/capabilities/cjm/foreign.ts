import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ActionDescription } from '@capstan/protocol';
import { HostError } from '../../errors.ts';
import type { CapstanSection, Manifest } from '../manifest.ts';
import { substrateCommand } from './command.ts';

/**
 * A manifest that `cjm-ctl` wrote says enough to start a worker in the environment that it made. What the
 * capability can be asked it does not say, so one action stands for all; `capstan install` finds out.
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
    actions: { execute: anything },
    adapters: [],
    sdk: { name: 'cjm-substrate', version: '', sha256: '' },
    source: { spec: install.package_source, hash: null },
    requirement_hash: '',
  };
}
