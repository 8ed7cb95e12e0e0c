import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
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
  readManifest,
  withEntries,
  withOffers,
  writeAtomically,
  writeManifest,
} from './capabilities/index.ts';
import { childEnvironment, cjmVariables } from './environments/index.ts';
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
  const taken = useInstalled ? await takeManifests(entries, found, options) : nothingTaken;
  if (write && added.length > 0) await writeAtomically(file, after);
  return {
    file,
    read: [...found.files, ...manifests.capabilities.map((one) => one.file)],
    entries,
    notes: generalNotes(around, entries),
    problems: [...manifests.problems, ...problems, ...taken.problems],
    yaml: added.length === 0 ? '' : `capabilities:\n${entriesText(added)}\n`,
    manifests: taken.manifests,
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

const nothingTaken: Taken = { manifests: [], problems: [] };

interface Taken {
  manifests: string[];
  problems: FileProblem[];
}

/** Puts manifests beside ours, with what each capability is found to offer in the environment that it has. */
async function takeManifests(
  entries: readonly ProposedEntry[],
  { manifests }: FoundCjm,
  { root, write, env }: ImportCjmOptions,
): Promise<Taken> {
  const { manifestsDir, dataDir } = workspacePaths(root);
  const { modelsDir } = machinePaths(env);
  const taken: Taken = { manifests: [], problems: [] };
  for (const { name, manifest, isPresent } of entries) {
    if (manifest?.format !== '2.0' || isPresent) continue;
    const target = join(manifestsDir, `${name}.json`);
    taken.manifests.push(target);
    if (!write) continue;
    const { file, condaEnv } = manifest;
    const own = join(dataDir, name);
    // oxlint-disable-next-line no-await-in-loop -- importing two large libraries at once helps nobody
    await mkdir(own, { recursive: true });
    // oxlint-disable-next-line no-await-in-loop
    const read = await readManifest(file);
    const adapters = manifests.adapters
      .filter((adapter) => adapter.condaEnv === condaEnv && condaEnv !== '')
      .map(({ spec }) => spec);
    const extra = { ...cjmVariables(own, modelsDir), ...read.install.env_vars };
    const looking = { name, adapters, env: childEnvironment(env, { extra }) };
    // oxlint-disable-next-line no-await-in-loop
    const document = await withOffers(read, looking).catch((error: unknown) => {
      const message = `what it offers could not be asked: ${messageOf(error).split('\n', 1)[0]}`;
      taken.problems.push({ file, line: 1, column: 1, message });
      return read.document;
    });
    // oxlint-disable-next-line no-await-in-loop
    await writeManifest(target, document);
  }
  return taken;
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
