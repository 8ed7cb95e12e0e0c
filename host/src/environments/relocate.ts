import { chmod, lstat, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes a virtual environment that was built in one folder work in another: start lines of scripts,
 * `pyvenv.cfg`, `activate` and `.pth` files name their folder. Compiled files keep the old name only for
 * tracebacks, and Python corrects that when it loads them.
 */
export async function relocate(folder: string, from: string, to: string): Promise<void> {
  const bin = join(folder, 'bin');
  const scripts = (await readdir(bin)).map((name) => join(bin, name));
  const sites = await sitePackagesOf(folder);
  const paths = (await readdir(sites))
    .filter((name) => name.endsWith('.pth'))
    .map((name) => join(sites, name));
  for (const file of [join(folder, 'pyvenv.cfg'), ...scripts, ...paths]) {
    // oxlint-disable-next-line no-await-in-loop -- a few dozen small files
    await replaceIn(file, from, to);
  }
}

/** The one `lib/python3.x/site-packages` of a virtual environment. */
export async function sitePackagesOf(folder: string): Promise<string> {
  const versions = (await readdir(join(folder, 'lib'))).filter((name) => /^python\d/.test(name));
  return join(folder, 'lib', versions[0] ?? 'python3', 'site-packages');
}

const latin = (path: string): string => Buffer.from(path).toString('latin1');

async function replaceIn(file: string, from: string, to: string): Promise<void> {
  const info = await lstat(file);
  if (!info.isFile() || info.size > 1024 * 1024) return; // a link to the interpreter, or a compiled tool
  const bytes = await readFile(file);
  if (bytes.includes(0) || !bytes.includes(from)) return;
  const { mode } = await stat(file);
  // As latin1 every byte is one character, so nothing else in the file can change.
  const moved = bytes.toString('latin1').replaceAll(latin(from), latin(to));
  await writeFile(file, moved, 'latin1');
  await chmod(file, mode);
}
