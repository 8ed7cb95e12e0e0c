import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import {
  entriesText,
  type FileProblem,
  findCjm,
  type FoundCjm,
  generalNotes,
  type Note,
  parseWorkspace,
  type ProposedEntry,
  propose,
  withEntries,
  writeAtomically,
} from './capabilities/index.ts';
import { messageOf } from './errors.ts';
import { machinePaths, workspacePaths } from './paths.ts';
import type { ForeignSettings } from './stores/index.ts';

/** What comes of a project of the reference system here. */
export interface CjmImport {
  /** The `capstan.yaml` that the entries belong into. */
  file: string;
  /** What was read. */
  read: string[];
  entries: ProposedEntry[];
  /** About the project as a whole. */
  notes: Note[];
  /** Files that could not be read; the others still count. */
  problems: FileProblem[];
  /** The entries that would be added, as text. */
  yaml: string;
  /** Manifests that were put beside ours, so that environments that are there already are used. */
  manifests: string[];
  isWritten: boolean;
}

export interface ImportCjmOptions {
  /** What to read: a folder or a file. */
  path: string;
  /** The workspace, which may not be one yet. */
  root: string;
  write: boolean;
  /** Start what is installed there as it is, instead of building environments of our own. */
  useInstalled: boolean;
  env: { readonly [name: string]: string | undefined };
}

/**
 * Reads a project of the reference system and proposes, or writes, the entries of `capstan.yaml` that do the
 * same. What is declared already stays as it is, to the letter.
 */
export async function importCjm(options: ImportCjmOptions): Promise<CjmImport> {
  const { root, write, useInstalled, env } = options;
  const found = await findCjm(options.path, env['HOME'] || homedir());
  const file = join(root, 'capstan.yaml');
  const text = await readFile(file, 'utf8').catch(() => null);
  const declared = text === null ? [] : parseWorkspace(text, file).map(({ name }) => name);
  const { configs, problems } = await settingsOf(found);
  const { settings, entries: listed, manifests } = found;
  const entries = propose(
    { settings, entries: listed, manifests: manifests.capabilities, configs },
    declared,
    root,
  );
  const added = entries.filter(({ isPresent }) => !isPresent);
  const after = withEntries(text, added);
  parseWorkspace(after, file); // what is proposed is also what is understood
  const { modelsDir } = machinePaths(env);
  const around = { settings, configs, secrets: await secretsOf(found), modelsDir };
  if (write && added.length > 0) await writeAtomically(file, after);
  return {
    file,
    read: [...found.files, ...manifests.capabilities.map((one) => one.file)],
    entries,
    notes: generalNotes(around, entries),
    problems: [...manifests.problems, ...problems],
    yaml: added.length === 0 ? '' : `capabilities:\n${entriesText(added)}\n`,
    manifests: useInstalled ? await takeManifests(entries, found, root, write) : [],
    isWritten: write && added.length > 0,
  };
}

async function settingsOf({
  dataDirs,
}: FoundCjm): Promise<{ configs: ForeignSettings[]; problems: FileProblem[] }> {
  const configs: ForeignSettings[] = [];
  const problems: FileProblem[] = [];
  const files = dataDirs.map((folder) => join(folder, 'capability_configs.db'));
  const there = (await Promise.all(files.map(isThere))).flatMap((is, index) =>
    is ? (files[index] ?? []) : [],
  );
  if (there.length === 0) return { configs, problems };
  const { readForeignSettings } = await import('./stores/index.ts');
  for (const file of there) {
    try {
      configs.push(...readForeignSettings(file));
    } catch (error) {
      problems.push({
        file,
        line: 1,
        column: 1,
        message: `its settings cannot be read: ${messageOf(error)}`,
      });
    }
  }
  return { configs, problems };
}

/** The names only. */
async function secretsOf({ dataDirs }: FoundCjm): Promise<{ [capability: string]: string[] }> {
  const names: { [capability: string]: string[] } = {};
  for (const folder of dataDirs) {
    // oxlint-disable-next-line no-await-in-loop -- two folders at most
    const text = await readFile(join(folder, 'secrets', 'secrets.json'), 'utf8').catch(() => '{}');
    for (const scope of recordsIn(parsed(text))) {
      for (const [capability, keys] of Object.entries(scope)) {
        if (isRecord(keys))
          names[capability] = [...(names[capability] ?? []), ...Object.keys(keys)];
      }
    }
  }
  return names;
}

async function takeManifests(
  entries: readonly ProposedEntry[],
  { manifests }: FoundCjm,
  root: string,
  write: boolean,
): Promise<string[]> {
  const { manifestsDir } = workspacePaths(root);
  const usable = entries.filter(
    ({ manifest, isPresent }) => manifest?.format === '2.0' && !isPresent,
  );
  const capabilities = usable.map(({ name, manifest }) => ({
    from: manifest?.file ?? '',
    to: join(manifestsDir, `${name}.json`),
  }));
  const environments = new Set(usable.map(({ manifest }) => manifest?.condaEnv ?? ''));
  const adapters = manifests.adapters
    .filter(({ condaEnv }) => environments.has(condaEnv))
    .map(({ file }) => ({ from: file, to: join(manifestsDir, basename(file)) }));
  const all = [...capabilities, ...adapters];
  if (!write) return all.map(({ to }) => to);
  await mkdir(manifestsDir, { recursive: true });
  await Promise.all(all.map(({ from, to }) => copyFile(from, to)));
  return all.map(({ to }) => to);
}

const isThere = (file: string): Promise<boolean> =>
  readFile(file).then(
    () => true,
    () => false,
  );

const recordsIn = (value: unknown): { [key: string]: unknown }[] =>
  isRecord(value) ? Object.values(value).filter(isRecord) : [];

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const isRecord = (value: unknown): value is { [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
