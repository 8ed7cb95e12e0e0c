import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { HostError } from '../../../errors.ts';
import { problemsError } from '../../yaml-text.ts';
import { type CjmEntry, readCjmCapabilities } from './capabilities-file.ts';
import { type FoundManifests, readCjmManifest, readCjmManifests } from './manifests.ts';
import { type CjmSettings, readCjmSettings } from './settings.ts';

/** What lies in a folder of the reference system, or in one file of it. */
export interface FoundCjm {
  /** The files that were read. */
  files: string[];
  settings: CjmSettings | null;
  entries: CjmEntry[];
  manifests: FoundManifests;
  /** Where its databases and secrets lie; may not exist. */
  dataDirs: string[];
}

/**
 * Reads what a path names: a project's folder, a data folder such as `.cjm`, `cjm.yaml`, a list of
 * capabilities, or one manifest. Throws FILE_NOT_FOUND where there is nothing of the kind, and
 * DECLARATION_INVALID with every problem of a YAML file.
 */
export async function findCjm(path: string, home: string): Promise<FoundCjm> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new HostError('FILE_NOT_FOUND', `There is no ${path}.`, { cause, details: { path } });
  });
  const found: FoundCjm = {
    files: [],
    settings: null,
    entries: [],
    manifests: { capabilities: [], adapters: [], problems: [] },
    dataDirs: [],
  };
  if (info.isDirectory()) await readFolder(path, home, found);
  else await readOne(path, found);
  const { capabilities, problems } = found.manifests;
  if (found.files.length + capabilities.length + problems.length > 0) return found;
  throw new HostError(
    'FILE_NOT_FOUND',
    `There is neither a cjm.yaml nor a capabilities.yaml nor a manifest in ${path}.`,
    {
      hint: 'Name the folder of the project, its data folder (often ~/.cjm), or a file.',
      details: { path },
    },
  );
}

async function readFolder(folder: string, home: string, found: FoundCjm): Promise<void> {
  const own = join(folder, 'cjm.yaml');
  if (await isFile(own)) await takeSettings(own, found);
  const { settings } = found;
  const lists = [
    settings?.capabilitiesFile ?? join(folder, 'capabilities.yaml'),
    join(folder, 'plugins.yaml'),
  ];
  for (const list of lists) {
    // oxlint-disable-next-line no-await-in-loop -- two at most
    if (await isFile(list)) await takeEntries(list, found);
  }
  const isProject = found.files.length > 0;
  // A project that does not say where keeps its data in the home; a folder of data has its manifests in it.
  const usual = isProject
    ? [join(folder, '.cjm'), settings?.dataDir ?? join(home, '.cjm')]
    : [folder, join(folder, '.cjm')];
  found.dataDirs = [...new Set(usual)];
  for (const dataDir of found.dataDirs) {
    // oxlint-disable-next-line no-await-in-loop -- in the order in which they count there
    merge(found.manifests, await readCjmManifests(join(dataDir, 'manifests')));
  }
}

async function readOne(file: string, found: FoundCjm): Promise<void> {
  if (extname(file) === '.json') {
    await readCjmManifest(file, found.manifests);
    const [problem] = found.manifests.problems;
    if (problem === undefined) return;
    throw problemsError('MANIFEST_INVALID', file, [problem]);
  }
  if (basename(file) === 'cjm.yaml' || (await looksLikeSettings(file))) {
    await takeSettings(file, found);
    const list = found.settings?.capabilitiesFile ?? join(dirname(file), 'capabilities.yaml');
    if (await isFile(list)) await takeEntries(list, found);
    found.dataDirs = found.settings?.dataDir === null ? [] : [found.settings?.dataDir ?? ''];
    for (const dataDir of found.dataDirs) {
      // oxlint-disable-next-line no-await-in-loop
      merge(found.manifests, await readCjmManifests(join(dataDir, 'manifests')));
    }
    return;
  }
  await takeEntries(file, found);
}

async function looksLikeSettings(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return (
    !/^(capabilities|plugins)\s*:/m.test(text) &&
    /^(runtime|substrate|data_dir|models_dir)\s*:/m.test(text)
  );
}

async function takeSettings(file: string, found: FoundCjm): Promise<void> {
  found.settings = await readCjmSettings(file);
  found.files.push(file);
}

async function takeEntries(file: string, found: FoundCjm): Promise<void> {
  found.entries.push(...(await readCjmCapabilities(file)));
  found.files.push(file);
}

/** The first manifest of a name counts. */
function merge(into: FoundManifests, more: FoundManifests): void {
  const names = new Set(into.capabilities.map(({ name }) => name));
  into.capabilities.push(...more.capabilities.filter(({ name }) => !names.has(name)));
  into.adapters.push(...more.adapters);
  into.problems.push(...more.problems);
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
