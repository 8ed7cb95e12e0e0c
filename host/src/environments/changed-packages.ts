import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { condaLock } from './conda/installed.ts';
import { type CondaKind, prefixOf } from './conda/kinds.ts';
import { type EnvironmentRecord, npmLock, pythonLock, readRecord } from './record.ts';

/**
 * Whether somebody installed or removed packages in an environment behind our back. It is asked at every
 * start of a worker and must cost next to nothing there, so it looks at what package managers cannot help
 * touching: a file or a folder, whose time of change says whether anything has to be read at all. For a
 * Python environment the names of its `.dist-info` folders are the list of packages; only when they differ from
 * the record is its interpreter asked, which knows for certain.
 */
export async function changedPackages(folder: string): Promise<string[]> {
  const record = await readRecord(folder);
  if (record === null) return [];
  const witness = await witnessOf(record, folder);
  if (witness === null) return [];
  const stamp = await stampOf(witness);
  const known = remembered.get(folder);
  if (known !== undefined && known.stamp === stamp) return known.changes;
  const changes = await look(record, folder, witness);
  remembered.set(folder, { stamp, changes });
  return changes;
}

/** What was found, for as long as the witness stays as it was. */
const remembered = new Map<string, { stamp: string; changes: string[] }>();

/** The file or folder that changes whenever a package comes or goes. */
async function witnessOf({ kind }: EnvironmentRecord, folder: string): Promise<string | null> {
  switch (kind) {
    case 'npm':
      return join(folder, 'node_modules', '.package-lock.json');
    case 'uv':
    case 'venv':
      return sitePackagesIn(join(folder, 'lib'));
    case 'conda':
    case 'mamba':
    case 'micromamba':
    case 'pixi':
      return join(prefixOf(kind, folder), 'conda-meta');
    case 'command':
      return null;
    default:
      return kind satisfies never;
  }
}

async function sitePackagesIn(lib: string): Promise<string | null> {
  const pythons = (await readdir(lib).catch(() => [])).filter((name) =>
    name.startsWith('python3.'),
  );
  const [only] = pythons;
  return only === undefined ? null : join(lib, only, 'site-packages');
}

const stampOf = (path: string): Promise<string> =>
  stat(path, { bigint: true }).then(
    ({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`,
    () => 'gone',
  );

async function look(
  { kind, lock }: EnvironmentRecord,
  folder: string,
  witness: string,
): Promise<string[]> {
  if (kind === 'npm') return packageChanges(lock, await npmLock(folder).catch(() => []));
  if (kind === 'uv' || kind === 'venv') {
    const listed = await distributionsIn(witness);
    if (packageChanges(lock.map(normalized), listed).length === 0) return [];
    return packageChanges(
      lock,
      await pythonLock(join(folder, 'bin', 'python')).catch(() => listed),
    );
  }
  const found = await condaLock(prefixOf(kind as CondaKind, folder)).catch(() => []);
  // a lock of this kind may hold what pip added, too; what conda itself put there is compared
  return packageChanges(
    lock.filter((line) => !line.includes('==')),
    found,
  );
}

/** `six==1.16.0` for `six-1.16.0.dist-info`. */
async function distributionsIn(sitePackages: string): Promise<string[]> {
  const names = await readdir(sitePackages).catch(() => []);
  return names.flatMap((name) => {
    const [, distribution, version] = /^(.+?)-(\d.*)\.(?:dist|egg)-info$/.exec(name) ?? [];
    return distribution === undefined ? [] : [normalized(`${distribution}==${version}`)];
  });
}

/** Folder names write `_` where names of packages may have `-`, `_` or `.`. */
const normalized = (line: string): string => {
  const [name = '', version = ''] = line.split('==');
  return `${name.toLowerCase().replaceAll(/[-_.]+/g, '-')}==${version.replaceAll('_', '-')}`;
};

/** What differs between two lists of packages, in sentences. */
export function packageChanges(recorded: readonly string[], found: readonly string[]): string[] {
  const before = new Set(recorded);
  const after = new Set(found);
  return [
    ...recorded.filter((line) => !after.has(line)).map((line) => `${line} is missing`),
    ...found.filter((line) => !before.has(line)).map((line) => `${line} was not there`),
  ];
}
