import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashTree, treeOf } from './content-hash.ts';
import { runTool } from './run-tool.ts';
import { childEnvironment } from './variables.ts';

/**
 * Every package's own list of its files, held against the disk: are they there, and as long as they were.
 * Scripts and `.pth` files hold the environment's path, which was corrected after they were written.
 */
const findDamaged = `
from importlib import metadata
for one in metadata.distributions():
    wrong = 0
    for file in one.files or ():
        if file.name.endswith(".pyc"):
            continue
        try:
            size = file.locate().stat().st_size
        except OSError:
            wrong += 1
            continue
        moved = ".." in file.parts or file.name.endswith(".pth")
        wrong += not moved and file.size is not None and size != file.size
    if wrong:
        print(f"{one.metadata['Name']}: {wrong} of its files are gone or changed")
`;

/** Packages of a Python environment whose files are not those that were installed, in sentences. */
export async function damagedDistributions(python: string): Promise<string[]> {
  const end = await runTool({
    command: [python, '-I', '-c', findDamaged],
    cwd: '/',
    env: childEnvironment({}),
  });
  return end.stdout.split('\n').filter((line) => line !== '');
}

/** Packages that npm's record lists and the disk does not hold, or holds in another version. */
export async function damagedNodePackages(
  folder: string,
  lock: readonly string[],
): Promise<string[]> {
  const places = lock
    .map((line) => /^(node_modules\/.+)@(\S+)/.exec(line))
    .filter((one) => one !== null);
  const found = await Promise.all(
    places.map(async ([, place = '', version = '']) => {
      const text = await readFile(join(folder, place, 'package.json'), 'utf8').catch(() => null);
      if (text === null) return `${place} is gone`;
      return text.includes(`"${version}"`) || version === '?' ? null : `${place} is not ${version}`;
    }),
  );
  return found.filter((one) => one !== null);
}

/** Copies of sources that are no longer what the hash in their name says. */
export async function damagedCode(folder: string): Promise<string[]> {
  const code = join(folder, 'code');
  const names = await readdir(code).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .map(async (name) => {
        const path = join(code, name);
        return (await hashTree(await treeOf(path))) === name
          ? null
          : `the code in ${path} was changed`;
      }),
  );
  return found.filter((one) => one !== null);
}
