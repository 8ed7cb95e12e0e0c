import { dirname } from 'node:path';
import type { CjmEntry } from './capabilities-file.ts';
import type { CjmManifest } from './manifests.ts';
import { environmentOf } from './environment.ts';
import { differs, dropped, maps, type Note, todo } from './note.ts';
import { distributionOf, importedPackage, normalized } from './packages.ts';
import type { CjmSettings } from './settings.ts';

/** Everything that was found of a workspace of the reference system. */
export interface CjmWorkspace {
  settings: CjmSettings | null;
  entries: readonly CjmEntry[];
  manifests: readonly CjmManifest[];
  configs: readonly CjmConfig[];
}

/** Settings of one instance. */
export interface CjmConfig {
  instance: string;
  config: { [key: string]: unknown };
  enabled: boolean;
  env: { [name: string]: unknown };
  problem: string | null;
}

export interface ProposedEntry {
  name: string;
  /** The file it comes from, with its line where there is one. */
  from: string;
  /** One of that name is declared already and stays as it is. */
  isPresent: boolean;
  value: { [member: string]: unknown };
  notes: Note[];
  /** What its own program recorded of it; null where it was never installed. */
  manifest: CjmManifest | null;
  /** Under which names that system may know it, in the form that names compare in. */
  aliases: string[];
}

/** Which entries of `capstan.yaml` do what was declared there, and what is to be said about each. Pure. */
export function propose(
  found: CjmWorkspace,
  declared: readonly string[],
  root: string,
): ProposedEntry[] {
  const left = new Set(found.manifests);
  const fromEntries = found.entries.map((entry) => {
    const own = [...left].filter((one) => isOf(one, entry));
    for (const manifest of own) left.delete(manifest);
    return fromEntry(entry, own[0] ?? null, found, root);
  });
  const fromManifests = [...left].map((manifest) => fromManifest(manifest, found, root));
  const taken = new Set<string>();
  return [...fromEntries, ...fromManifests].map((entry) => {
    const name = unused(entry.name, taken);
    taken.add(name);
    const value = { ...entry.value, name };
    return { ...entry, name, value, isPresent: declared.includes(name) };
  });
}

const isOf = (manifest: CjmManifest, entry: CjmEntry): boolean =>
  normalized(manifest.name) === distributionOf(entry.package) ||
  (manifest.packageSource !== '' && manifest.packageSource === entry.package);

type Draft = Omit<ProposedEntry, 'isPresent' | 'aliases'>;

function fromEntry(
  entry: CjmEntry,
  manifest: CjmManifest | null,
  found: CjmWorkspace,
  root: string,
): Omit<ProposedEntry, 'isPresent'> {
  const notes: Note[] = [];
  const folder = dirname(entry.file);
  const take = (spec: string): string => {
    const { spec: taken, wasEditable } = importedPackage(spec, folder, root);
    if (wasEditable)
      notes.push(
        differs(`\`${spec}\` is installed as a copy; run \`capstan install\` after a change`),
      );
    return taken;
  };
  const name = nameFrom(entry.name, notes);
  const libs = [...entry.interfaceLibs, ...entry.adapters.flatMap(({ lib }) => lib ?? [])];
  const requirements = [...new Set(libs.map(take))];
  const value = {
    name,
    dialect: 'cjm',
    environment: environmentOf(entry, requirements, found.settings, root, notes),
    source: take(entry.package),
    ...(entry.adapters.length === 0 ? {} : { adapters: entry.adapters.map(({ impl }) => impl) }),
  };
  if (entry.adapters.length === 0) {
    notes.push(maps('adapters: every one that is in its environment and fits is bound, as there'));
  }
  for (const member of entry.unknown) {
    notes.push(dropped(`\`${member}\`: no reader of that file knows it`));
  }
  const draft = { name, from: `${entry.file}:${entry.line}`, value, notes, manifest };
  return withRecorded(draft, found, [entry.name, distributionOf(entry.package)]);
}

function fromManifest(
  manifest: CjmManifest,
  found: CjmWorkspace,
  root: string,
): Omit<ProposedEntry, 'isPresent'> {
  const notes: Note[] = [];
  const name = nameFrom(manifest.name, notes);
  const { packageSource, module } = manifest;
  const source =
    packageSource === '' ? null : importedPackage(packageSource, dirname(manifest.file), root);
  if (source?.wasEditable === true) {
    notes.push(
      differs(
        `\`${packageSource}\` is installed as a copy; run \`capstan install\` after a change`,
      ),
    );
  }
  if (source === null) {
    notes.push(
      todo('its manifest does not say which package it comes from; write it as `source:`'),
    );
  }
  notes.push(
    differs(
      'its environment is built anew, with uv; what else was installed into the old one, nobody recorded',
    ),
  );
  const value = {
    name,
    dialect: 'cjm',
    environment: { kind: 'uv' },
    ...(source === null ? { module } : { source: source.spec }),
  };
  return withRecorded({ name, from: manifest.file, value, notes, manifest }, found, [
    manifest.name,
  ]);
}

/** What a manifest and the database of settings add, whichever way the entry came. */
function withRecorded(
  draft: Draft,
  { configs }: CjmWorkspace,
  ids: readonly string[],
): Omit<ProposedEntry, 'isPresent'> {
  const { manifest, notes } = draft;
  const aliases = [...new Set([...ids, manifest?.name ?? draft.name].map(normalized))];
  const settings = configs.find(({ instance }) => aliases.includes(normalized(instance)));
  if (manifest?.format === '1.0') {
    notes.push(
      differs(
        'its manifest is of the flat form of cjm-plugin-system; its package must be one for cjm-substrate to run',
      ),
    );
    if (manifest.unused.length > 0)
      notes.push(dropped(`of its manifest: ${manifest.unused.join(', ')}`));
  }
  if (manifest !== null && manifest.envVars.length > 0) {
    notes.push(
      todo(
        `its manifest sets ${manifest.envVars.join(', ')}; name them under \`environment.env\` to pass them on`,
      ),
    );
  }
  if (settings === undefined) return { ...draft, aliases };
  if (settings.problem !== null) {
    notes.push(dropped(`its settings cannot be read (${settings.problem}); defaults are used`));
  }
  if (!settings.enabled) notes.push(todo(`it was disabled: \`capstan disable ${draft.name}\``));
  const variables = Object.keys(settings.env);
  if (variables.length > 0) {
    notes.push(todo(`values for ${variables.join(', ')} were set at run time; set them anew`));
  }
  if (Object.keys(settings.config).length === 0) return { ...draft, aliases };
  notes.push(maps('config: as it was set last, from the database of settings'));
  return { ...draft, aliases, value: { ...draft.value, config: settings.config } };
}

/** A name is part of a command here, so it is made of fewer characters. */
function nameFrom(given: string, notes: Note[]): string {
  const name =
    given
      .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 64) || 'capability';
  if (name !== given)
    notes.push(differs(`name: "${given}" becomes ${name}, since a command has to hold it`));
  return name;
}

function unused(name: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name.slice(0, 60)}-${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}
