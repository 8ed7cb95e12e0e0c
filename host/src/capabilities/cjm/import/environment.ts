import { basename, dirname, resolve } from 'node:path';
import type { CjmEntry } from './capabilities-file.ts';
import { differs, maps, type Note, todo } from './note.ts';
import { fromRoot } from './packages.ts';
import type { CjmSettings } from './settings.ts';

/** Their environments are conda's; one that holds nothing but a Python needs no conda. */
export function environmentOf(
  entry: CjmEntry,
  requirements: readonly string[],
  settings: CjmSettings | null,
  root: string,
  notes: Note[],
): { [member: string]: unknown } {
  const wanted = requirements.length === 0 ? {} : { requirements };
  const { envFile, pythonVersion, envName } = entry;
  if (envFile === null) {
    if (envName !== '') {
      notes.push(
        differs(
          `environment: of uv instead of the conda environment \`${envName}\`, and shared by capabilities that ask for the same; \`kind: ${kindOf(settings)}\` brings a Python of its own`,
        ),
      );
    }
    return { kind: 'uv', ...(pythonVersion === null ? {} : { python: pythonVersion }), ...wanted };
  }
  const kind = kindOf(settings);
  const tool = settings?.condaTool ?? null;
  const isAddress = /^https?:\/\//.test(envFile);
  const file = isAddress
    ? `./${basename(new URL(envFile).pathname) || 'environment.yml'}`
    : fromRoot(resolve(dirname(entry.file), envFile), root);
  if (isAddress)
    notes.push(
      todo(
        `save ${envFile} as ${file}: an environment is not made from what an address says today`,
      ),
    );
  else notes.push(maps(`environment: of ${kind}, from the same file`));
  return {
    kind,
    file,
    ...(tool === null ? {} : { tool: fromRoot(tool, root) }),
    ...wanted,
  };
}

function kindOf(settings: CjmSettings | null): 'conda' | 'mamba' | 'micromamba' {
  if (settings?.condaType === 'micromamba') return 'micromamba';
  return settings?.condaType === 'miniforge' ? 'mamba' : 'conda';
}
